/**
 * What the page suggests for a field is taken with one press: `data-takes="category"` with the value in `data-value`. Without
 * this script it is a button that is sent, or a link to the same page with the value filled in.
 */
export function startTakes(): void {
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const offer = event.target.closest<HTMLElement>("[data-takes]");
    const value = offer?.dataset.value;
    if (!offer || value === undefined) return;
    const form = offer.closest("form") ?? document.querySelector<HTMLFormElement>("form[data-keyboard]");
    const field = form?.elements.namedItem(offer.dataset.takes ?? "");
    if (!(field instanceof HTMLSelectElement)) return;
    if (!Array.from(field.options).some((option) => option.value === value)) return;
    event.preventDefault();
    field.value = value;
    // a combobox shows what was taken and tells of it
    if (field.hidden) field.dispatchEvent(new Event("taken"));
    else field.dispatchEvent(new Event("change", { bubbles: true }));
  });
}
