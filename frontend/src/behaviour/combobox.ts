/**
 * <select data-combobox="…">: chosen by typing. Characters of the label and the initials of its sounds
 * (`data-keys`, written by the server) both find a choice. Without this script it is the select it was.
 *
 * Of a <select multiple> several are chosen: each becomes a chip that can be taken away, the box is empty again for
 * the next, and Backspace in the empty box takes away the last one.
 */
import { type Choice, choicesOf, found } from "./choices";

const MOST_SHOWN = 60;
let made = 0;

function element<K extends keyof HTMLElementTagNameMap>(tag: K, css: string, text = ""): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  node.className = css;
  node.textContent = text;
  return node;
}

function enhance(select: HTMLSelectElement): void {
  if (select.dataset.enhanced) return;
  select.dataset.enhanced = "yes";
  made += 1;
  const many = select.multiple;
  const choices = choicesOf(select);
  const id = select.id || `combobox-${made}`;
  const box = element("div", many ? "combobox is-many" : "combobox");
  const input = element("input", "form-control");
  input.type = "text";
  input.autocomplete = "off";
  input.placeholder = select.dataset.combobox ?? "";
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-expanded", "false");
  const list = element("ul", "combobox-list");
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
  const chips = element("ul", "combobox-chosen");
  chips.id = `${id}-chosen`;
  chips.setAttribute("aria-label", `${label}：已选`);
  const said = element("span", "visually-hidden");
  said.setAttribute("role", "status");
  if (many) {
    input.setAttribute(
      "aria-describedby",
      [input.getAttribute("aria-describedby"), chips.id].filter(Boolean).join(" "),
    );
    box.append(chips);
  }
  const first = select.autofocus;
  select.autofocus = false;
  select.hidden = true;
  select.before(box);
  box.append(input, list, said, select);
  if (first && !window.matchMedia("(hover: none)").matches) input.focus(); // on a phone the keys would cover the page

  let shown: Choice[] = [];
  let active = -1;

  const chosen = (): Choice[] => choices.filter(({ option, name }) => option.selected && name !== "");
  /** What stands in the box while nobody types: the one that is chosen. */
  const atRest = (): string => (many ? "" : (choices[select.selectedIndex]?.label ?? ""));
  const close = (): void => {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const tell = (): void => {
    select.dispatchEvent(new Event("input", { bubbles: true }));
    select.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const drawChips = (): void => {
    const now = chosen();
    chips.hidden = now.length === 0;
    chips.replaceChildren(
      ...now.map((choice) => {
        const chip = element("li", "");
        const away = element("button", "", "×");
        away.type = "button";
        away.setAttribute("aria-label", `去掉${choice.label}`);
        away.addEventListener("click", () => {
          take(choice);
          input.focus();
        });
        chip.append(element("span", "", choice.label), away);
        return chip;
      }),
    );
  };
  const take = (choice: Choice): void => {
    choice.option.selected = false;
    drawChips();
    said.textContent = `已去掉${choice.label}，还有 ${chosen().length} 个`;
    tell();
  };
  const add = (choice: Choice): void => {
    choice.option.selected = true;
    drawChips();
    said.textContent = `已选${choice.label}，共 ${chosen().length} 个`;
    tell();
  };
  const choose = (choice: Choice | undefined): void => {
    if (many) {
      if (choice) add(choice);
    } else {
      const index = choice ? choice.option.index : choices.findIndex(({ name }) => name === "");
      if (index >= 0 && index !== select.selectedIndex) {
        select.selectedIndex = index;
        tell();
      }
    }
    input.value = atRest();
    close();
  };
  const offered = (typed: string): Choice[] =>
    found(
      choices.filter(({ name, option }) => name !== "" && !(many && option.selected)),
      typed,
    );
  const mark = (to: number): void => {
    active = to < 0 || shown.length === 0 ? -1 : to % shown.length;
    Array.from(list.querySelectorAll('[role="option"]')).forEach((row, i) => {
      row.setAttribute("aria-selected", String(i === active));
      if (i === active) row.scrollIntoView({ block: "nearest" });
    });
    if (active >= 0) input.setAttribute("aria-activedescendant", `${list.id}-${active}`);
    else input.removeAttribute("aria-activedescendant");
  };
  const open = (typed: string): void => {
    const fitting = offered(typed);
    shown = fitting.slice(0, MOST_SHOWN);
    list.replaceChildren(
      ...shown.map((choice, i) => {
        const row = element("li", "");
        row.id = `${list.id}-${i}`;
        row.setAttribute("role", "option");
        row.append(element("span", "", choice.name));
        if (choice.group !== "") row.append(" ", element("small", "", choice.group));
        row.addEventListener("pointerdown", (event) => {
          event.preventDefault(); // the focus stays in the box
          choose(choice);
        });
        return row;
      }),
    );
    const more = fitting.length - shown.length;
    const note = shown.length === 0 ? "没有这样的选项" : more > 0 ? `还有 ${more} 个，再键入几个字` : "";
    if (note !== "") {
      const row = element("li", "combobox-none", note);
      row.setAttribute("role", "presentation");
      list.append(row);
    }
    said.textContent = shown.length === 0 ? note : "";
    list.hidden = false;
    list.scrollTop = 0;
    input.setAttribute("aria-expanded", "true");
    mark(typed.trim() === "" ? -1 : 0);
  };
  /** What was typed becomes what is chosen: nothing, the one that was meant, or what it was before. */
  const settle = (): void => {
    const typed = input.value.trim();
    if (typed === "") choose(undefined);
    else if (input.value !== atRest()) choose(offered(typed)[0] ?? (many ? undefined : choices[select.selectedIndex]));
    close();
  };

  drawChips();
  input.value = atRest();
  input.addEventListener("input", (event) => {
    event.stopPropagation(); // what is typed to find a choice is not yet a change of the form
    open(input.value);
  });
  input.addEventListener("change", (event) => event.stopPropagation());
  input.addEventListener("focus", () => input.select());
  input.addEventListener("click", () => (list.hidden ? open("") : close()));
  input.addEventListener("blur", settle);
  select.addEventListener("taken", () => {
    input.value = atRest();
    said.textContent = `已选${input.value}`;
    tell();
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) open(input.value === atRest() ? "" : input.value);
      mark(event.key === "ArrowDown" ? active + 1 : active > 0 ? active - 1 : shown.length - 1);
    } else if (event.key === "Enter") {
      const adding = many && input.value.trim() !== ""; // one stays for the next
      if (!list.hidden && active >= 0) choose(shown[active]);
      else settle();
      if (adding || !input.form?.hasAttribute("data-keyboard")) event.preventDefault();
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      input.value = atRest();
      close();
    } else if (event.key === "Tab" && !list.hidden && active >= 0) {
      choose(shown[active]);
    } else if (many && event.key === "Backspace" && input.value === "") {
      const last = chosen().pop();
      if (last) {
        event.preventDefault();
        take(last);
        close();
      }
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
