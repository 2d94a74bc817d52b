/**
 * `<a data-cites="ZS…" data-basis>` beside the form of an answer: puts the answer of its article into the reply, and says
 * on which article it rests. Without this script the link opens the form anew with both in it.
 */
import { insert } from "./templates";

export function startCiting(): void {
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const link = event.target.closest<HTMLAnchorElement>("a[data-cites]");
    const box = document.getElementById("id_reply");
    const text = link?.closest("details")?.querySelector(".story")?.textContent?.trim();
    if (!link || !text || !(box instanceof HTMLTextAreaElement)) return;
    event.preventDefault();
    insert(box, text);
    write("id_article", link.dataset.cites ?? "");
    write("id_basis", (link.dataset.basis ?? "").slice(0, 200));
  });
}

function write(id: string, value: string): void {
  const field = document.getElementById(id);
  if (!(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement)) return;
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
