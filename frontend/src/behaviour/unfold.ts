/** <button data-unfold="filters" aria-controls="filters">: on a phone the filters of a list stand behind it. */
export function startUnfolding(): void {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-unfold]") : null;
    const form = button && document.getElementById(button.dataset.unfold ?? "");
    if (!button || !form) return;
    const open = form.toggleAttribute("data-open");
    button.setAttribute("aria-expanded", String(open));
    if (open) form.querySelector<HTMLElement>("input:not([type=hidden]), select")?.focus();
  });
}
