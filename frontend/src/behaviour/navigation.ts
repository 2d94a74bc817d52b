/**
 * On narrow screens the navigation slides in. Plain CSS does it by `#navigation:target`; the script only keeps the
 * address clean, moves the focus and closes on Escape.
 */
export function startNavigation(): void {
  const navigation = document.getElementById("navigation");
  const opener = document.querySelector<HTMLAnchorElement>('a[href="#navigation"]');
  if (!navigation || !opener) return;
  const root = document.documentElement;
  const setOpen = (open: boolean): void => {
    root.toggleAttribute("data-navigation-open", open);
    opener.setAttribute("aria-expanded", String(open));
    if (open) navigation.querySelector<HTMLElement>("a")?.focus();
    else opener.focus();
  };
  opener.setAttribute("aria-expanded", "false");
  opener.addEventListener("click", (event) => {
    event.preventDefault();
    setOpen(!root.hasAttribute("data-navigation-open"));
  });
  for (const closer of document.querySelectorAll("[data-navigation-close]")) {
    closer.addEventListener("click", (event) => {
      event.preventDefault();
      setOpen(false);
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && root.hasAttribute("data-navigation-open")) setOpen(false);
  });
}
