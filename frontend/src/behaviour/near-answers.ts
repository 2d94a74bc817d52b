/**
 * `<div data-near-url>` in a resident's form: shows published answers to what is being written in its `text`. All of it
 * is an addition; without script a button of the form asks for the same.
 */
const PAUSE = 900;
const LEAST = 6;

export function startNearAnswers(): void {
  for (const box of document.querySelectorAll<HTMLElement>("[data-near-url]")) start(box);
}

function start(box: HTMLElement): void {
  const form = box.closest("form");
  const text = form?.elements.namedItem("text");
  if (!form || !(text instanceof HTMLTextAreaElement)) return;
  let timer = 0;
  let asked = 0;
  let shown = "";
  const ask = async (): Promise<void> => {
    const words = text.value.trim();
    if (words === shown) return;
    shown = words;
    const turn = ++asked;
    if (words.length < LEAST) {
      box.replaceChildren();
      return;
    }
    const data = new FormData();
    const csrf = form.elements.namedItem("csrfmiddlewaretoken");
    if (csrf instanceof HTMLInputElement) data.append(csrf.name, csrf.value);
    data.append("text", words.slice(0, 500));
    try {
      const answer = await fetch(box.dataset.nearUrl ?? "", { method: "POST", body: data });
      if (!answer.ok || turn !== asked) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!box.contains(document.activeElement)) box.replaceChildren(...page.body.childNodes);
    } catch {
      // without a connection the form is filled in as before
    }
  };
  text.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void ask(), PAUSE);
  });
  if (text.value.trim()) void ask();
}
