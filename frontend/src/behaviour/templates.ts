/**
 * `<button data-insert="id">` puts the reply template chosen in `#id-template` where the cursor stands in `#id`. Without
 * this script the button sends the form, and the server does it.
 */
export function startTemplates(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-insert]")) button.type = "button";
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const button = event.target.closest<HTMLButtonElement>("button[data-insert]");
    if (!button) return;
    const id = button.dataset.insert ?? "";
    const box = document.getElementById(id);
    const select = document.getElementById(`${id}-template`);
    if (!(box instanceof HTMLTextAreaElement) || !(select instanceof HTMLSelectElement)) return;
    event.preventDefault();
    const text = select.selectedOptions[0]?.dataset.text;
    if (text) insert(box, text);
    else select.focus();
  });
}

/** Where the cursor stands, on a line of its own. */
export function insert(box: HTMLTextAreaElement, text: string): void {
  const from = box.selectionStart;
  const before = box.value.slice(0, from);
  const gap = before === "" || before.endsWith("\n") ? "" : "\n";
  box.setRangeText(gap + text, from, box.selectionEnd, "end");
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.focus();
  selectBlank(box, from);
}

/** What is typed next replaces the first place that somebody has to fill in. */
function selectBlank(box: HTMLTextAreaElement, from: number): void {
  const blank = /【填：[^【】]*】/.exec(box.value.slice(from));
  if (blank) box.setSelectionRange(from + blank.index, from + blank.index + blank[0].length);
}
