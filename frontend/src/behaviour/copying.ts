/** `<button data-copy="id">` copies the text of that element; hidden until there is a script to do so. */
import { toast } from "./toasts";

export function startCopying(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-copy]")) {
    const text = document.getElementById(button.dataset.copy ?? "");
    if (!text) continue;
    button.hidden = false;
    button.addEventListener("click", () => void copy(text));
  }
}

/** In an intranet without TLS there is no clipboard for scripts: then what is selected is copied. */
async function copy(text: HTMLElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(text.textContent?.trim() ?? "");
    toast("已复制。", "success");
  } catch {
    const range = document.createRange();
    range.selectNodeContents(text);
    const selection = window.getSelection();
    selection?.removeAllRanges();
    selection?.addRange(range);
    toast("已选中，请按 Ctrl 加 C 复制。", "info");
  }
}
