/**
 * Forms marked `data-keyboard` are filled in without a mouse: Enter goes to the next field, Ctrl+Enter sends, Alt with a
 * digit goes to the field that has it in `data-alt`, Escape leaves the box so that the page's own keys work.
 * With `data-focus` one begins in the first field without a click, where there is a mouse: on a phone the keys would
 * cover the page.
 */
const FIELDS = 'input:not([type=hidden]), select:not([hidden]), textarea, button[type=submit]:not([tabindex="-1"])';

function isShown(element: HTMLElement): boolean {
  return element.getClientRects().length > 0 && !element.hasAttribute("disabled");
}

function isComposing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229; // Safari ends a composition before it tells of the key
}

function goOn(form: HTMLFormElement, from: HTMLElement): void {
  const fields = Array.from(form.querySelectorAll<HTMLElement>(FIELDS)).filter(isShown);
  const at = fields.indexOf(from);
  const name = from.getAttribute("name");
  // The buttons of one question count as one field.
  const next = fields
    .slice(at + 1)
    .find((field) => !(field instanceof HTMLInputElement && field.type === "radio" && field.name === name));
  const marked =
    next instanceof HTMLInputElement && next.type === "radio"
      ? fields.find((field) => field instanceof HTMLInputElement && field.name === next.name && field.checked)
      : undefined;
  (marked ?? next)?.focus();
}

function send(form: HTMLFormElement): void {
  form.querySelector<HTMLButtonElement>("button[type=submit].btn-primary")?.click();
}

function goTo(digit: string): boolean {
  const field = document.querySelector<HTMLElement>(`[data-alt="${digit}"]`);
  if (!field) return false;
  const fold = field.closest("details");
  if (fold) fold.open = true;
  if (field.dataset.takes) {
    field.click();
    return true;
  }
  field.focus();
  if (field instanceof HTMLInputElement && field.type === "text") field.select();
  return true;
}

/** Nothing scrolls: what stands above the form is read first. Whoever was refused is where the refusal is told. */
function begin(): void {
  const form = document.querySelector<HTMLFormElement>("form[data-keyboard][data-focus]");
  const taken = document.activeElement !== null && document.activeElement !== document.body;
  if (!form || taken || window.matchMedia("(hover: none)").matches) return;
  Array.from(form.querySelectorAll<HTMLElement>(FIELDS)).find(isShown)?.focus({ preventScroll: true });
}

export function startKeyboard(): void {
  begin();
  document.addEventListener("keydown", (event) => {
    const target = event.target;
    if (!(target instanceof HTMLElement) || isComposing(event)) return;
    if (event.altKey && !event.ctrlKey && !event.metaKey) {
      const digit = /^Digit(\d)$/.exec(event.code)?.[1];
      if (digit && document.querySelector("form[data-keyboard]") && goTo(digit)) event.preventDefault();
      return;
    }
    const form = target.closest<HTMLFormElement>("form[data-keyboard]");
    if (!form || event.defaultPrevented) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      target.blur(); // so that what is being typed is taken
      send(form);
    } else if (event.key === "Enter" && !event.shiftKey && !event.altKey) {
      const isField = target instanceof HTMLInputElement || target instanceof HTMLSelectElement;
      if (!isField || (target instanceof HTMLInputElement && target.type === "file")) return;
      event.preventDefault();
      goOn(form, target);
    } else if (event.key === "Escape" && target.matches("input, textarea, select")) {
      target.blur();
    }
  });
}
