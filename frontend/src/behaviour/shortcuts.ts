import { openDialog } from "./dialogs";

function isTyping(event: KeyboardEvent): boolean {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return true;
  return (
    event.target instanceof HTMLElement && event.target.closest("input, textarea, select, [contenteditable]") !== null
  );
}

/** `/` goes to the search box, `?` shows the keys; every element with `data-key="x"` is pressed by that key. */
export function startShortcuts(): void {
  document.addEventListener("keydown", (event) => {
    if (isTyping(event) || document.querySelector("dialog[open]")) return;
    if (event.key === "/") {
      const search = document.querySelector<HTMLInputElement>("[data-search]");
      if (!search) return;
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "?") {
      const help = document.getElementById("keys-help");
      if (help instanceof HTMLDialogElement) openDialog(help);
    } else if (/^[a-z0-9]$/.test(event.key)) {
      const element = document.querySelector<HTMLElement>(`[data-key="${event.key}"]`);
      if (!element) return;
      event.preventDefault();
      element.click();
    }
  });
}
