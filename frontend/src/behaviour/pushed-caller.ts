/**
 * `<input data-pushed-caller>`: the telephone system opens the page with `#phone=13900000000` when it rings. The part
 * behind `#` never reaches a server or its logs, and is taken out of the address at once. What somebody has typed stays.
 */
export function startPushedCaller(): void {
  const field = document.querySelector<HTMLInputElement>("input[data-pushed-caller]");
  if (!field) return;
  const take = (): void => {
    const given = new URLSearchParams(location.hash.slice(1)).get("phone");
    if (given === null) return;
    history.replaceState(history.state, "", location.pathname + location.search);
    const phone = given.replace(/[^\d+-]/g, "").slice(0, 20);
    if (!phone || field.value.trim()) return;
    field.value = phone;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    const words = field.form?.elements.namedItem("text");
    if (words instanceof HTMLElement) words.focus();
  };
  window.addEventListener("load", () => setTimeout(take), { once: true }); // htmx listens to the field from then on
  window.addEventListener("hashchange", take);
}
