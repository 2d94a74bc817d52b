/** The choices of a <select>, and those among them that somebody means who types a few characters. */
export interface Choice {
  name: string; // "" for the choice of nothing
  group: string;
  label: string; // the name, with its group where another choice is called the same
  folded: string;
  keys: string;
  option: HTMLOptionElement;
}

export function choicesOf(select: HTMLSelectElement): Choice[] {
  const options = Array.from(select.options);
  const names = options.map((option) => (option.value === "" ? "" : option.text.trim()));
  const met = new Map<string, number>();
  for (const name of names) met.set(name, (met.get(name) ?? 0) + 1);
  return options.map((option, i) => {
    const name = names[i] ?? "";
    const group = option.parentElement instanceof HTMLOptGroupElement ? option.parentElement.label : "";
    const label =
      "whole" in select.dataset
        ? path(group, name)
        : group !== "" && (met.get(name) ?? 0) > 1
          ? `${name}（${group}）`
          : name;
    const folded = `${group} / ${name}`.toLowerCase();
    return { name, group, label, folded, keys: option.dataset.keys ?? "", option };
  });
}

/** `data-whole`: the group is the first part of a path; its own line (城乡建设（不细分）) begins with its name. */
function path(group: string, name: string): string {
  return group === "" || name.startsWith(`${group}（`) ? name : `${group} / ${name}`;
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

export function found(choices: Choice[], typed: string): Choice[] {
  const wanted = typed.trim().toLowerCase();
  if (wanted === "") return choices;
  const same = choices.filter((choice) => choice.label.toLowerCase() === wanted);
  if (same.length > 0) return same;
  return choices
    .map((choice) => ({ choice, at: rank(choice, wanted) }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at)
    .map(({ choice }) => choice);
}
