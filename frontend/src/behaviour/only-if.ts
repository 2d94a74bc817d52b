/**
 * `data-only-if="reached=true"` on a control: its field is shown, and sent, while another field of the form says that.
 * Without this script all fields are there, and the server says which one was too much.
 */
function said(form: HTMLFormElement, name: string): string[] {
  const boxes = form.querySelectorAll<HTMLInputElement | HTMLSelectElement>(`[name="${CSS.escape(name)}"]`);
  return Array.from(boxes)
    .filter((box) => !(box instanceof HTMLInputElement && /^(radio|checkbox)$/.test(box.type)) || box.checked)
    .map((box) => box.value);
}

function settle(form: HTMLFormElement): void {
  for (const control of form.querySelectorAll<HTMLElement>("[data-only-if]")) {
    const field = control.closest<HTMLElement>(".field");
    const [name = "", value = ""] = (control.dataset.onlyIf ?? "").split("=");
    if (!field) continue;
    const wanted = said(form, name).includes(value);
    field.hidden = !wanted;
    for (const inner of field.querySelectorAll<HTMLInputElement>("input, select, textarea")) inner.disabled = !wanted;
  }
}

export function startOnlyIf(): void {
  const all = (): void => {
    const forms = new Set<HTMLFormElement>();
    for (const control of document.querySelectorAll("[data-only-if]")) {
      const form = control.closest("form");
      if (form) forms.add(form);
    }
    for (const form of forms) settle(form);
  };
  all();
  window.addEventListener("pageshow", all); // the back button brings back what was chosen
  document.addEventListener("htmx:after:swap", all);
  document.addEventListener("change", (event) => {
    const form = event.target instanceof Element ? event.target.closest("form") : null;
    if (form?.querySelector("[data-only-if]")) settle(form);
  });
}
