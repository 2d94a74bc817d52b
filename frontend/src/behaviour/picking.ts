/**
 * Choosing rows of a list (`form[data-picking]`): all of a page, a range with Shift, how many are chosen, and which
 * actions fit how many of them. Without this script the boxes and buttons of the form work as they are.
 *
 * When the list fetches itself again, what was chosen stays chosen, and rows that changed meanwhile are marked.
 */
const LIST = "cases";
const BOXES = 'input[type="checkbox"][name="case"]';

let last: HTMLInputElement | undefined;
let kept = new Set<string>();
let versions = new Map<string, string>();
let swapping = false;

function boxesOf(form: Element): HTMLInputElement[] {
  return Array.from(form.querySelectorAll<HTMLInputElement>(BOXES));
}

function numberOf(box: HTMLInputElement): string {
  return box.value.slice(0, box.value.lastIndexOf("."));
}

function tell(form: HTMLFormElement): void {
  const boxes = boxesOf(form);
  const chosen = boxes.filter((box) => box.checked);
  const all = form.querySelector<HTMLInputElement>("[data-pick-all]");
  if (all) {
    all.checked = chosen.length > 0 && chosen.length === boxes.length;
    all.indeterminate = chosen.length > 0 && chosen.length < boxes.length;
  }
  for (const box of boxes) box.closest("tr")?.toggleAttribute("data-chosen", box.checked);
  form.toggleAttribute("data-any", chosen.length > 0);
  const words = form.querySelector("[data-picked]");
  if (words) words.textContent = chosen.length > 0 ? `已勾选 ${chosen.length} 件` : "勾选后可以一起办理：";
  for (const button of form.querySelectorAll<HTMLButtonElement>("[data-act]")) {
    const key = button.dataset.act ?? "";
    const fitting = chosen.filter((box) => (box.dataset.acts ?? "").split(" ").includes(key)).length;
    const count = button.querySelector("[data-count]");
    if (count) count.textContent = chosen.length > 0 ? `（${fitting} 件）` : "";
    button.disabled = fitting === 0;
  }
  const none = form.querySelector<HTMLElement>("[data-unpick]");
  if (none) none.hidden = chosen.length === 0;
}

function choose(event: MouseEvent, box: HTMLInputElement, form: HTMLFormElement): void {
  const boxes = boxesOf(form);
  if (event.shiftKey && last && form.contains(last)) {
    const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
    for (const between of boxes.slice(from, (to ?? 0) + 1)) between.checked = box.checked;
  }
  last = box;
  tell(form);
}

function rowsOf(list: Element): Map<string, string> {
  return new Map(
    Array.from(list.querySelectorAll<HTMLElement>("tr[data-version]"), (row) => [row.id, row.dataset.version ?? ""]),
  );
}

function remember(list: Element): void {
  kept = new Set(
    boxesOf(list)
      .filter((box) => box.checked)
      .map(numberOf),
  );
  versions = rowsOf(list);
}

function restore(list: Element): void {
  for (const box of boxesOf(list)) box.checked = kept.has(numberOf(box));
  for (const [id, version] of rowsOf(list)) {
    document.getElementById(id)?.toggleAttribute("data-changed", versions.get(id) !== version);
  }
  for (const form of list.querySelectorAll<HTMLFormElement>("form[data-picking]")) tell(form);
}

export function startPicking(): void {
  const all = (): void => document.querySelectorAll<HTMLFormElement>("form[data-picking]").forEach(tell);
  document.addEventListener("click", (event) => {
    const target = event.target;
    if (!(target instanceof Element)) return;
    const form = target.closest<HTMLFormElement>("form[data-picking]");
    if (!form) return;
    if (target instanceof HTMLInputElement && target.matches(BOXES)) choose(event, target, form);
    else if (target instanceof HTMLInputElement && target.matches("[data-pick-all]")) {
      for (const box of boxesOf(form)) box.checked = target.checked;
      tell(form);
    } else if (target.closest("[data-unpick]")) {
      for (const box of boxesOf(form)) box.checked = false;
      tell(form);
    }
  });
  document.addEventListener("htmx:before:swap", (event) => {
    if (!(event.target instanceof Element) || event.target.id !== LIST) return;
    remember(event.target);
    swapping = true;
  });
  document.addEventListener("htmx:after:swap", () => {
    const list = document.getElementById(LIST);
    if (swapping && list) restore(list);
    swapping = false;
  });
  window.addEventListener("pageshow", all); // the back button brings boxes as they were left
  all();
}
