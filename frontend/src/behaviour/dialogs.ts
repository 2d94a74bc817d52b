/**
 * Links with `data-dialog="id"` open the dialog of that id. Without this script (or in a browser without <dialog>)
 * the link simply leads to the page that asks the same question.
 */
export function openDialog(dialog: HTMLDialogElement): void {
  if (!dialog.open) dialog.showModal();
}

export function startDialogs(): void {
  if (typeof HTMLDialogElement === "undefined") return;
  document.addEventListener("click", (event) => {
    const target = event.target;
    if (!(target instanceof Element)) return;
    const opener = target.closest("[data-dialog]");
    if (opener && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      const dialog = document.getElementById(opener.getAttribute("data-dialog") ?? "");
      if (dialog instanceof HTMLDialogElement) {
        event.preventDefault();
        openDialog(dialog);
      }
      return;
    }
    if (target.closest("[data-close]") || target instanceof HTMLDialogElement) {
      target.closest("dialog")?.close(); // a click whose target is the dialog itself fell on the backdrop
    }
  });
}
