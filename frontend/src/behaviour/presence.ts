const EVERY = 20_000; // the server forgets whoever has not been heard of for 45 seconds

/**
 * `<div data-presence hx-post hx-trigger="beat, live">` tells that somebody looks at a case and shows who else does. It
 * is asked to while the page is seen; a page that is closed says so.
 */
export function startPresence(): void {
  const places = (): HTMLElement[] => Array.from(document.querySelectorAll<HTMLElement>("[data-presence]"));
  if (places().length === 0) return;
  const beat = (): void => {
    if (document.hidden) return;
    if (places().some((place) => !place.hasAttribute("data-htmx-powered"))) window.setTimeout(beat, 200);
    else for (const place of places()) place.dispatchEvent(new CustomEvent("beat"));
  };
  window.setInterval(beat, EVERY);
  document.addEventListener("visibilitychange", beat);
  window.addEventListener("pageshow", beat);
  window.addEventListener("pagehide", () => {
    for (const place of places()) {
      const said = new FormData();
      said.set("csrfmiddlewaretoken", token());
      said.set("leaving", "1");
      navigator.sendBeacon(place.getAttribute("hx-post") ?? "", said);
    }
  });
}

function token(): string {
  return document.querySelector<HTMLInputElement>("input[name=csrfmiddlewaretoken]")?.value ?? "";
}
