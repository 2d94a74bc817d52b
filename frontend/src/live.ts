/**
 * Keeps parts of a page fresh. The stream tells names of channels only; an element that declares
 * `data-live="channel …"` is asked to fetch itself again (htmx, `hx-trigger="live"`), through its ordinary address and
 * permission check. An element with `data-live-ask` is not replaced under the reader's eyes: it shows
 * its `[data-live-notice]` instead, and the reader decides. `data-live-every="5"` leaves at least so many
 * seconds between two requests.
 */
const GATHER = 150; // milliseconds in which several changes become one request
const SPREAD = 350; // further milliseconds by which many viewers are spread
const LONGEST_PAUSE = 30_000;
const MOST_CHANNELS = 100; // the server takes no more
const HIDDEN_FOR = 20_000; // a tab nobody looks at gives its connection back; browsers allow only six a server

const waiting = new Set<Element>();
const refreshed = new WeakMap<Element, number>();
let timer = 0;
let source: EventSource | undefined;
let address = "";
let pause = 1000;
let retry = 0;
let hiding = 0;
let missed = false;

function liveElements(): Element[] {
  return Array.from(document.querySelectorAll("[data-live]"));
}

function channelsOf(element: Element): string[] {
  return (element.getAttribute("data-live") ?? "").split(/\s+/).filter((name) => name !== "");
}

function streamAddress(): string {
  const names = Array.from(new Set(liveElements().flatMap(channelsOf))).sort();
  return names.length > 0
    ? `/live/?${names
        .slice(0, MOST_CHANNELS)
        .map((name) => `channel=${encodeURIComponent(name)}`)
        .join("&")}`
    : "";
}

function isBusy(element: Element): boolean {
  const active = document.activeElement;
  const typing =
    active !== null && element.contains(active) && active.matches("input:not([type=checkbox]), textarea, select");
  return typing || element.querySelector("dialog[open], details.menu[open]") !== null;
}

function isTooSoon(element: Element): boolean {
  const least = Number(element.getAttribute("data-live-every") ?? 0) * 1000;
  return Date.now() - (refreshed.get(element) ?? 0) < least;
}

function refresh(element: Element): void {
  refreshed.set(element, Date.now());
  const notice = element.hasAttribute("data-live-ask")
    ? element.querySelector<HTMLElement>("[data-live-notice]")
    : null;
  if (notice) notice.hidden = false;
  else element.dispatchEvent(new CustomEvent("live"));
}

function flush(): void {
  timer = 0;
  for (const element of waiting) {
    if (!element.isConnected) waiting.delete(element);
    else if (!document.hidden && !isBusy(element) && !isTooSoon(element)) {
      waiting.delete(element);
      refresh(element);
    }
  }
  if (waiting.size > 0 && !document.hidden) schedule(1000);
}

function schedule(after = GATHER + Math.random() * SPREAD): void {
  if (!timer) timer = window.setTimeout(flush, after);
}

function changed(channels: Set<string> | "all"): void {
  for (const element of liveElements()) {
    if (channels === "all" || channelsOf(element).some((name) => channels.has(name))) waiting.add(element);
  }
  if (waiting.size > 0) schedule();
}

function close(): void {
  source?.close();
  source = undefined;
  missed = true;
}

function connect(): void {
  if (document.hidden) return;
  const wanted = streamAddress();
  if (source && wanted === address) return;
  if (source) close(); // a swap brought other channels onto the page
  address = wanted;
  if (!wanted) return;
  source = new EventSource(wanted);
  source.addEventListener("open", () => {
    pause = 1000;
    if (missed) changed("all"); // whatever happened while nobody listened
    missed = false;
  });
  source.addEventListener("message", (event: MessageEvent<string>) => {
    changed(new Set(event.data.split(/\s+/)));
  });
  source.addEventListener("resync", () => changed("all"));
  source.addEventListener("error", () => {
    missed = true;
    if (source?.readyState !== EventSource.CLOSED) return; // the browser is trying again
    close();
    window.clearTimeout(retry);
    retry = window.setTimeout(connect, pause * (0.5 + Math.random()));
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  });
}

document.addEventListener("visibilitychange", () => {
  window.clearTimeout(hiding);
  if (document.hidden) {
    hiding = window.setTimeout(close, HIDDEN_FOR);
  } else {
    connect();
    if (waiting.size > 0) schedule();
  }
});
window.addEventListener("pagehide", close);
window.addEventListener("pageshow", connect);
document.addEventListener("htmx:after:swap", connect);
document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element)) return;
  const element = event.target.closest("[data-live-notice]")?.closest("[data-live-ask]");
  element?.dispatchEvent(new CustomEvent("live"));
});
connect();
