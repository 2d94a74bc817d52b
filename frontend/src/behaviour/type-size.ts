/** The switch of the type size works without loading the page again: nothing that was typed is lost by it. */
export function startTypeSize(): void {
  document.querySelector<HTMLFormElement>("form[data-type-size]")?.addEventListener("submit", (event) => {
    const form = event.currentTarget;
    const button = event.submitter;
    if (!(form instanceof HTMLFormElement) || !(button instanceof HTMLButtonElement)) return;
    event.preventDefault();
    const large = button.value === "1";
    const data = new FormData(form);
    data.append("large", button.value);
    document.documentElement.classList.toggle("is-large", large);
    button.value = large ? "0" : "1";
    button.textContent = large ? "普通字" : "大字";
    void fetch(form.action, { method: "POST", body: data, redirect: "manual" });
  });
}
