/**
 * `<div id data-live="…" data-refresh>` takes itself anew from its page when its channel has news. What staff pages do
 * with htmx, in the few lines that a resident's light page can afford.
 */
export function startRefresh(): void {
  for (const element of document.querySelectorAll<HTMLElement>("[data-refresh]")) {
    element.addEventListener("live", () => void refresh(element));
  }
}

async function refresh(element: HTMLElement): Promise<void> {
  try {
    const response = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!response.ok || response.redirected) return; // closed meanwhile: what is read stays as it is
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.getElementById(element.id);
    if (fresh && fresh.innerHTML !== element.innerHTML) element.replaceChildren(...Array.from(fresh.childNodes));
  } catch {
    // no network; the stream comes back by itself and says so
  }
}
