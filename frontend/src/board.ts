import "./css/board.css";
import { toast } from "./behaviour/toasts";
import { BoardMap, type Point } from "./board-map";

/**
 * The command board. Its parts come along one stream (`/live/?feed=board`) as they change; every element with the id
 * `board-…` is replaced by the one of that name. When the stream is broken the page says so, and how old is what it
 * shows. Times are counted on between two messages.
 */
interface Message {
  at: string;
  parts: Record<string, string>;
}

const QUIET = 40_000; // the server speaks at least every 15 seconds
const LONGEST_PAUSE = 15_000;
const HOLD = 6000; // what was said in the panel stays at least so long

const main = document.querySelector<HTMLElement>("[data-board-stream]");
const age = document.getElementById("board-age");
const clock = document.getElementById("board-now");
const panel = document.getElementById("board-panel");
const told = document.getElementById("board-told");

let ahead = 0; // by how much the server's clock is ahead of this one
let heardAt = Date.now();
let dataAt = new Date(age?.dataset.at ?? Date.now());
let broken = false;
let source: EventSource | undefined;
let pause = 1000;
let held = 0;

// --- words of time ---------------------------------------------------------------------------------------------------

const two = (n: number): string => String(n).padStart(2, "0");
// The district's time, as the server tells it, wherever the screen believes to stand.
const hour = { timeZone: "Asia/Shanghai", hourCycle: "h23", hour: "2-digit", minute: "2-digit" } as const;
const toMinutes = new Intl.DateTimeFormat("zh-CN", hour);
const toSeconds = new Intl.DateTimeFormat("zh-CN", { ...hour, second: "2-digit" });
const clockWords = (at: Date, seconds: boolean): string => (seconds ? toSeconds : toMinutes).format(at);

/** As the server says it: days when there is one, else hours and minutes; under ten minutes the seconds count. */
function lengthWords(seconds: number, exact: boolean): string {
  const minutes = Math.floor(seconds / 60);
  if (exact && minutes < 10) return minutes ? `${minutes} 分 ${two(seconds % 60)} 秒` : `${seconds} 秒`;
  if (minutes >= 1440) return `${Math.floor(minutes / 1440)} 天`;
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  if (!hours) return `${rest} 分钟`;
  return rest && hours < 3 ? `${hours} 小时 ${rest} 分钟` : `${hours} 小时`;
}

function say(element: Element, words: string): void {
  if (element.textContent !== words) element.textContent = words;
}

function tick(): void {
  const now = new Date(Date.now() + ahead);
  if (clock) say(clock, clockWords(now, false));
  for (const element of document.querySelectorAll<HTMLElement>("[data-due]")) {
    const left = Math.floor((new Date(element.dataset.due ?? "").getTime() - now.getTime()) / 1000);
    if (Number.isNaN(left)) continue;
    const late = left < 0;
    say(
      element,
      late ? `超 ${lengthWords(-left, false).replace(/^0 分钟$/, "不到 1 分钟")}` : `剩 ${lengthWords(left, true)}`,
    );
    element.toggleAttribute("data-late", late);
    const row = element.closest("li");
    row?.toggleAttribute("data-late", late);
    row?.toggleAttribute("data-soon", !late && left <= 900);
  }
  for (const element of document.querySelectorAll<HTMLElement>("[data-since]")) {
    const since = Math.floor((now.getTime() - new Date(element.dataset.since ?? "").getTime()) / 1000);
    if (!Number.isNaN(since)) say(element, since < 60 ? "刚刚" : lengthWords(since, false));
  }
  if (source && Date.now() - heardAt > QUIET) lost();
  tellAge(now);
}

function tellAge(now: Date): void {
  if (!age) return;
  const at = clockWords(dataAt, true);
  age.toggleAttribute("data-broken", broken);
  const old = Math.max(0, Math.round((now.getTime() - dataAt.getTime()) / 1000));
  const standing = old < 5 ? `实时 ${at}` : `数据截至 ${at}，${old} 秒前`;
  say(age, broken ? `连接断开，数据截至 ${at}` : standing);
}

// --- parts -----------------------------------------------------------------------------------------------------------

function keysIn(root: ParentNode | null): Set<string> {
  return new Set(Array.from(root?.querySelectorAll<HTMLElement>("[data-key]") ?? [], (row) => row.dataset.key ?? ""));
}

function replace(name: string, html: string): void {
  const old = document.getElementById(`board-${name}`);
  if (!old) return;
  const template = document.createElement("template");
  template.innerHTML = html;
  const fresh = template.content.firstElementChild;
  if (!(fresh instanceof HTMLElement)) return;
  const known = keysIn(old);
  const active = document.activeElement;
  const key = active && old.contains(active) ? active.closest<HTMLElement>("[data-key]")?.dataset.key : undefined;
  const scrolled = old.querySelector("[data-scroll]")?.scrollTop ?? 0;
  old.replaceWith(fresh);
  const list = fresh.querySelector("[data-scroll]");
  if (list) list.scrollTop = scrolled;
  if (key) fresh.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"] a`)?.focus();
  if (name === "calls") greet(fresh, known);
  if (name === "points") showPoints();
}

/** Those that were not there before are seen, and heard. */
function greet(list: HTMLElement, known: Set<string>): void {
  const fresh = Array.from(list.querySelectorAll<HTMLElement>("[data-key]")).filter(
    (row) => !known.has(row.dataset.key ?? ""),
  );
  for (const row of fresh) row.classList.add("is-new");
  const [first] = fresh;
  if (told && first) say(told, `新呼叫：${first.querySelector("strong")?.textContent ?? ""}`);
}

function take(message: Message): void {
  const now = Date.now();
  heardAt = now;
  broken = false;
  pause = 1000;
  dataAt = new Date(message.at);
  const skew = dataAt.getTime() - now;
  ahead = Math.abs(skew) > 3000 ? skew : 0; // small differences are the way here, not the clock
  for (const [name, html] of Object.entries(message.parts)) replace(name, html);
  mark();
  if ("calls" in message.parts || "absent" in message.parts) refreshPanel();
  tick();
}

// --- the stream ------------------------------------------------------------------------------------------------------

function lost(): void {
  broken = true;
  source?.close();
  source = undefined;
  tellAge(new Date());
  window.setTimeout(connect, pause * (0.5 + Math.random()));
  pause = Math.min(pause * 2, LONGEST_PAUSE);
}

function connect(): void {
  const address = main?.dataset.boardStream;
  if (!address || source) return;
  const stream = new EventSource(address);
  source = stream;
  heardAt = Date.now();
  stream.addEventListener("feed", (event: MessageEvent<string>) => {
    if (source === stream) take(JSON.parse(event.data));
  });
  stream.addEventListener("error", () => {
    if (source === stream) lost();
  });
}

// --- map -------------------------------------------------------------------------------------------------------------

const box = document.getElementById("board-map");
const map = box ? new BoardMap(box, (number) => openByNumber(number)) : undefined;

function showPoints(): void {
  const text = document.getElementById("board-points")?.dataset.points;
  map?.show(text ? (JSON.parse(text) as Point[]) : []);
}

// --- the panel -------------------------------------------------------------------------------------------------------

const openedNumber = (): string =>
  panel && !panel.hidden ? (panel.querySelector<HTMLElement>("[data-number]")?.dataset.number ?? "") : "";

function mark(): void {
  const number = openedNumber();
  for (const link of document.querySelectorAll<HTMLElement>("[data-callout]")) {
    if (number && link.dataset.callout === number) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  map?.choose(number);
}

function put(html: string): void {
  if (!panel) return;
  panel.innerHTML = html; // our own page's part, escaped by the server
  panel.hidden = false;
  mark();
  tick();
}

async function fetched(address: string, init: RequestInit = {}): Promise<Response> {
  return fetch(address, { ...init, headers: { "HX-Request": "true", ...(init.headers ?? {}) }, redirect: "manual" });
}

async function open(link: HTMLAnchorElement): Promise<void> {
  try {
    const answer = await fetched(link.dataset.panel ?? "");
    if (!answer.ok) throw new Error(String(answer.status));
    put(await answer.text());
    history.replaceState(null, "", link.href);
    panel?.focus({ preventScroll: false });
  } catch {
    window.location.assign(link.href); // the whole page says what is the matter
  }
}

function openByNumber(number: string): void {
  const link = document.querySelector<HTMLAnchorElement>(`#board-calls [data-callout="${CSS.escape(number)}"]`);
  if (link) void open(link);
}

function close(): void {
  if (!panel || panel.hidden) return;
  const number = openedNumber();
  const to = panel.querySelector<HTMLAnchorElement>("[data-panel-close]")?.href;
  panel.hidden = true;
  panel.replaceChildren();
  if (to) history.replaceState(null, "", to);
  mark();
  document.querySelector<HTMLElement>(`[data-callout="${CSS.escape(number)}"]`)?.focus();
}

function refreshPanel(): void {
  const shown = panel?.querySelector<HTMLElement>("[data-address]");
  if (!panel || panel.hidden || !shown || panel.querySelector("dialog[open]")) return;
  const wait = held - Date.now();
  if (wait > 0) {
    window.setTimeout(refreshPanel, wait + 50);
    return;
  }
  const focused = panel.contains(document.activeElement) ? document.activeElement?.getAttribute("data-dialog") : null;
  fetched(shown.dataset.address ?? "")
    .then(async (answer) => {
      const html = answer.ok ? await answer.text() : "";
      if (!html || panel.querySelector("dialog[open]") || openedNumber() !== shown.dataset.number) return;
      put(html);
      if (focused) panel.querySelector<HTMLElement>(`[data-dialog="${CSS.escape(focused)}"]`)?.focus();
    })
    .catch(() => undefined); // the next news asks again
}

/** What is asked in the panel is sent from here, so that the board stays; refused, the page behind the button tells. */
async function send(form: HTMLFormElement): Promise<void> {
  const buttons = form.querySelectorAll("button");
  for (const button of buttons) button.disabled = true;
  try {
    const answer = await fetched(form.action, { method: "POST", body: new FormData(form) });
    if (answer.ok) {
      put(await answer.text());
      held = Date.now() + HOLD;
      panel?.focus({ preventScroll: true });
      return;
    }
    for (const button of buttons) button.disabled = false;
    form.submit();
  } catch {
    for (const button of buttons) button.disabled = false;
    toast("网络不通，刚才的操作没有完成。请检查网络后再试一次。", "error");
  }
}

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element) || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const link = event.target.closest<HTMLAnchorElement>("a[data-panel]");
  if (link) {
    event.preventDefault();
    void open(link);
  } else if (event.target.closest("[data-panel-close]")) {
    event.preventDefault();
    close();
  }
});
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !panel?.contains(form) || event.defaultPrevented) return;
  event.preventDefault();
  if (form.reportValidity()) void send(form);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !document.querySelector("dialog[open]")) close();
});
const filters = document.querySelector<HTMLFormElement>("[data-board-filters]");
filters?.classList.add("is-scripted");
filters?.addEventListener("change", (event) => {
  const form = event.currentTarget as HTMLFormElement;
  for (const select of form.querySelectorAll("select")) select.disabled = select.value === ""; // a short address
  form.submit();
});
const full = document.querySelector<HTMLButtonElement>("[data-board-full]");
if (full && document.fullscreenEnabled) {
  full.hidden = false;
  full.addEventListener("click", () => {
    if (document.fullscreenElement) void document.exitFullscreen();
    else void document.documentElement.requestFullscreen();
  });
}
for (const select of document.querySelectorAll<HTMLSelectElement>("[data-board-filters] select"))
  select.disabled = false;
window.addEventListener("pagehide", () => source?.close());
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  source = undefined;
  connect();
});
showPoints();
mark();
tick();
window.setInterval(tick, 1000);
connect();
