/**
 * <form data-draft="text address">: these boxes of a form of the portal are remembered in this tab while somebody
 * writes, so that a call or a way back through other pages loses nothing. Nothing leaves the phone; what stands in a
 * box already is not overwritten. A page with `data-sent` says that the form has arrived: then it is forgotten.
 */
const SENT = "draft sent";

function storage(): Storage | null {
  try {
    return window.sessionStorage;
  } catch {
    return null; // switched off in this browser
  }
}

export function startDrafts(): void {
  const kept = storage();
  if (!kept) return;
  const sent = kept.getItem(SENT);
  kept.removeItem(SENT);
  if (sent !== null && document.querySelector("[data-sent]")) kept.removeItem(`draft ${sent}`);

  const form = document.querySelector<HTMLFormElement>("form[data-draft]");
  if (!form) return;
  const key = `draft ${location.pathname}`;
  const boxes = (form.dataset.draft ?? "")
    .split(" ")
    .map((name) => form.elements.namedItem(name))
    .filter((box) => box instanceof HTMLInputElement || box instanceof HTMLTextAreaElement);
  const before = read(kept, key);
  for (const box of boxes) {
    const typed = before[box.name];
    if (typed !== undefined && box.value === "") box.value = typed;
  }
  form.addEventListener("input", () => {
    const typed = Object.fromEntries(boxes.map((box) => [box.name, box.value]));
    kept.setItem(key, JSON.stringify(typed));
  });
  form.addEventListener("submit", () => kept.setItem(SENT, location.pathname));
}

function read(kept: Storage, key: string): Record<string, string | undefined> {
  try {
    const found: unknown = JSON.parse(kept.getItem(key) ?? "{}");
    return typeof found === "object" && found ? (found as Record<string, string | undefined>) : {};
  } catch {
    return {};
  }
}
