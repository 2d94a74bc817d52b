import { type KeptPhoto, keptPhotos, putPhotos } from "./kept-photos";

/**
 * <form data-draft="text address">: these boxes of a form of the portal, and the photos that were sent already, are
 * remembered in this tab while somebody writes, so that a call or a way back through other pages loses nothing. Words
 * do not leave the phone; what stands in a box already is not overwritten. A page with `data-sent` says that the form
 * has arrived: then it is forgotten.
 */
const SENT = "draft sent";

interface Draft {
  boxes: Record<string, string | undefined>;
  photos: KeptPhoto[];
}

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
    const typed = before.boxes[box.name];
    if (typed !== undefined && box.value === "") box.value = typed;
  }
  // What was refused comes back with the photos that are still there.
  if (!form.querySelector("[data-error-summary]")) putPhotos(form, before.photos);
  const keep = (): void => {
    const typed = Object.fromEntries(boxes.map((box) => [box.name, box.value]));
    kept.setItem(key, JSON.stringify({ boxes: typed, photos: keptPhotos(form) } satisfies Draft));
  };
  for (const kind of ["input", "change"]) form.addEventListener(kind, keep);
  form.addEventListener("submit", () => kept.setItem(SENT, location.pathname));
  form.addEventListener("unsent", () => kept.removeItem(SENT));
}

function read(kept: Storage, key: string): Draft {
  try {
    const found = JSON.parse(kept.getItem(key) ?? "{}") as Partial<Draft>;
    return { boxes: found.boxes ?? {}, photos: found.photos ?? [] };
  } catch {
    return { boxes: {}, photos: [] };
  }
}
