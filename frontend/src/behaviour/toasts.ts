const SHOWN_FOR = 8000;

function region(): HTMLElement | null {
  return document.getElementById("toasts");
}

/** Good news goes away by itself; everything else stays until the user has read it. */
function expire(toast: HTMLElement): void {
  if (toast.dataset.tone !== "success" && toast.dataset.tone !== "info") return;
  if (toast.dataset.timed) return;
  toast.dataset.timed = "yes";
  let timer = window.setTimeout(() => toast.remove(), SHOWN_FOR);
  const hold = (): void => window.clearTimeout(timer);
  const release = (): void => {
    timer = window.setTimeout(() => toast.remove(), SHOWN_FOR / 2);
  };
  toast.addEventListener("mouseenter", hold);
  toast.addEventListener("focusin", hold);
  toast.addEventListener("mouseleave", release);
  toast.addEventListener("focusout", release);
}

export function toast(text: string, tone: "success" | "info" | "warning" | "error"): void {
  const place = region();
  if (!place) return;
  for (const shown of place.querySelectorAll<HTMLElement>(".toast-note")) {
    if (shown.querySelector("p")?.textContent === text) return; // the same sentence once is enough
  }
  const note = document.createElement("div");
  note.className = "toast-note";
  note.dataset.tone = tone;
  const words = document.createElement("p");
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.dataset.dismiss = "";
  close.textContent = "知道了";
  note.append(words, close);
  place.append(note);
}

export function startToasts(): void {
  const place = region();
  if (!place) return;
  document.addEventListener("click", (event) => {
    if (event.target instanceof Element) event.target.closest("[data-dismiss]")?.closest(".toast-note")?.remove();
  });
  const watch = (): void => {
    for (const note of place.querySelectorAll<HTMLElement>(".toast-note")) expire(note);
  };
  new MutationObserver(watch).observe(place, { childList: true });
  watch();
}
