/** What can be done for some seconds only goes away when they are over: `data-vanish="58"`. */
export function startVanishing(): void {
  const ends = new WeakSet<Element>();
  const watch = (): void => {
    for (const element of document.querySelectorAll<HTMLElement>("[data-vanish]")) {
      if (ends.has(element)) continue;
      ends.add(element);
      window.setTimeout(() => element.remove(), Number(element.dataset.vanish) * 1000);
    }
  };
  watch();
  document.addEventListener("htmx:after:swap", watch);
}
