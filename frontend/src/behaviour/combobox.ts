/**
 * <select data-combobox="…">: chosen by typing. Characters of the label and the initials of its sounds
 * (`data-keys`, written by the server) both find a choice. Without this script it is the select it was.
 */
interface Choice {
  value: string;
  label: string;
  folded: string;
  keys: string;
  option: HTMLOptionElement;
}

const MOST_SHOWN = 60;
let made = 0;

function choicesOf(select: HTMLSelectElement): Choice[] {
  return Array.from(select.options, (option) => {
    const group = option.parentElement instanceof HTMLOptGroupElement ? `${option.parentElement.label} / ` : "";
    const label = option.value === "" ? "" : `${group}${option.text.trim()}`;
    return { value: option.value, label, folded: label.toLowerCase(), keys: option.dataset.keys ?? "", option };
  });
}

/** Whether the characters come one after the other, as in 城管局 for 城市管理执法局. */
function shortens(whole: string, typed: string): boolean {
  let at = 0;
  for (const character of whole) if (character === typed[at]) at += 1;
  return at === typed.length;
}

/** Better ones first: the last part begins with it, then its sounds do, then it stands anywhere, then it shortens it. */
function rank(choice: Choice, typed: string): number {
  const last = choice.folded.slice(choice.folded.lastIndexOf("/") + 1).trim();
  if (last.startsWith(typed)) return 0;
  const sounds = choice.keys.split(" ");
  if (sounds[sounds.length - 1]?.startsWith(typed)) return 1;
  if (choice.folded.includes(typed)) return 2;
  if (sounds.some((sound) => sound.startsWith(typed))) return 3;
  if (typed.length < 2) return -1;
  return sounds.some((sound) => sound.includes(typed)) ? 4 : shortens(last, typed) ? 5 : -1;
}

function found(choices: Choice[], typed: string): Choice[] {
  const wanted = typed.trim().toLowerCase();
  const real = choices.filter((choice) => choice.label !== "");
  if (wanted === "") return real;
  return real
    .map((choice) => ({ choice, at: rank(choice, wanted) }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at)
    .map(({ choice }) => choice);
}

function enhance(select: HTMLSelectElement): void {
  if (select.dataset.enhanced) return;
  select.dataset.enhanced = "yes";
  made += 1;
  const choices = choicesOf(select);
  const id = select.id || `combobox-${made}`;
  const box = document.createElement("div");
  box.className = "combobox";
  const input = document.createElement("input");
  input.type = "text";
  input.className = "form-control";
  input.autocomplete = "off";
  input.placeholder = select.dataset.combobox ?? "";
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-expanded", "false");
  const list = document.createElement("ul");
  list.className = "combobox-list";
  list.id = `${id}-list`;
  list.setAttribute("role", "listbox");
  list.hidden = true;
  input.setAttribute("aria-controls", list.id);
  for (const name of ["aria-describedby", "aria-invalid", "aria-keyshortcuts", "data-alt"]) {
    const value = select.getAttribute(name);
    if (value === null) continue;
    input.setAttribute(name, value);
    select.removeAttribute(name);
  }
  select.id = `${id}-choice`; // labels and links to a refused field lead to where one types
  input.id = id;
  const label = document.querySelector(`label[for="${CSS.escape(id)}"]`)?.textContent?.trim() ?? "";
  list.setAttribute("aria-label", `${label}：可选项`);
  const first = select.autofocus;
  select.autofocus = false;
  select.hidden = true;
  select.before(box);
  box.append(input, list, select);
  if (first && !window.matchMedia("(hover: none)").matches) input.focus(); // on a phone the keys would cover the page

  let shown: Choice[] = [];
  let active = -1;

  const chosenLabel = (): string => choices[select.selectedIndex]?.label ?? "";
  const close = (): void => {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const choose = (choice: Choice | undefined): void => {
    const index = choice ? choice.option.index : choices.findIndex(({ value }) => value === "");
    if (index >= 0 && index !== select.selectedIndex) {
      select.selectedIndex = index;
      select.dispatchEvent(new Event("input", { bubbles: true }));
      select.dispatchEvent(new Event("change", { bubbles: true }));
    }
    input.value = chosenLabel();
    close();
  };
  const mark = (to: number): void => {
    active = shown.length === 0 ? -1 : (to + shown.length) % shown.length;
    Array.from(list.children).forEach((row, i) => {
      row.setAttribute("aria-selected", String(i === active));
      if (i === active) row.scrollIntoView({ block: "nearest" });
    });
    if (active >= 0) input.setAttribute("aria-activedescendant", `${list.id}-${active}`);
    else input.removeAttribute("aria-activedescendant");
  };
  const open = (typed: string): void => {
    shown = found(choices, typed).slice(0, MOST_SHOWN);
    list.replaceChildren(
      ...shown.map((choice, i) => {
        const row = document.createElement("li");
        row.id = `${list.id}-${i}`;
        row.setAttribute("role", "option");
        row.textContent = choice.label;
        row.addEventListener("pointerdown", (event) => {
          event.preventDefault(); // the focus stays in the box
          choose(choice);
        });
        return row;
      }),
    );
    if (shown.length === 0) {
      const none = document.createElement("li");
      none.className = "combobox-none";
      none.textContent = "没有这样的选项";
      list.append(none);
    }
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    mark(typed.trim() === "" ? -1 : 0);
  };
  /** What was typed becomes what is chosen: nothing, the one that was meant, or what it was before. */
  const settle = (): void => {
    if (input.value.trim() === "") choose(undefined);
    else if (input.value !== chosenLabel()) choose(found(choices, input.value)[0] ?? choices[select.selectedIndex]);
    close();
  };

  input.value = chosenLabel();
  input.addEventListener("input", (event) => {
    event.stopPropagation(); // what is typed to find a choice is not yet a change of the form
    open(input.value);
  });
  input.addEventListener("change", (event) => event.stopPropagation());
  input.addEventListener("focus", () => input.select());
  input.addEventListener("click", () => (list.hidden ? open("") : close()));
  input.addEventListener("blur", settle);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) open(input.value === chosenLabel() ? "" : input.value);
      mark(active + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter") {
      if (!list.hidden && active >= 0) choose(shown[active]);
      else settle();
      if (!input.form?.hasAttribute("data-keyboard")) event.preventDefault();
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      input.value = chosenLabel();
      close();
    } else if (event.key === "Tab" && !list.hidden && active >= 0) {
      choose(shown[active]);
    }
  });
}

export function startComboboxes(): void {
  const all = (): void => {
    for (const select of document.querySelectorAll<HTMLSelectElement>("select[data-combobox]")) enhance(select);
  };
  all();
  document.addEventListener("htmx:after:swap", all);
}
