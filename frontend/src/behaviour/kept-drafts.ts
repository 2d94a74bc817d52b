/**
 * <form data-kept-draft="/account/drafts/…/"> is saved every few seconds while somebody types and when the page is left, so
 * that a closed tab loses nothing. What is offered when they come back is the page's own business; `[data-kept-draft-said]`
 * in the form tells when it was kept. A form `[data-drops-draft]` on the same page throws it away.
 */
const EVERY = 3000;
const LEFT_OUT = new Set(["csrfmiddlewaretoken", "draft", "draft_seal", "once"]);

function contentOf(form: HTMLFormElement): string {
  const values: Record<string, string[]> = {};
  new FormData(form).forEach((value, name) => {
    if (typeof value !== "string" || LEFT_OUT.has(name)) return;
    const before = values[name];
    if (before) before.push(value);
    else values[name] = [value];
  });
  return JSON.stringify(values);
}

class Keeper {
  private timer = 0;
  private kept: string;
  private sent = false;
  private running: AbortController | undefined;

  constructor(private readonly form: HTMLFormElement) {
    this.kept = contentOf(form);
  }

  later(): void {
    if (this.sent || this.timer) return;
    this.timer = window.setTimeout(() => void this.save(), EVERY);
  }

  /** The form is on its way: a save that came after it would bring back what is done. */
  stop(): void {
    this.sent = true;
    this.rest();
    this.running?.abort();
  }

  resume(): void {
    this.sent = false;
  }

  private rest(): void {
    window.clearTimeout(this.timer);
    this.timer = 0;
  }

  async save(leaving = false): Promise<void> {
    this.rest();
    const content = contentOf(this.form);
    if (this.sent || content === this.kept) return;
    const body = new FormData();
    body.set("content", content);
    const token = this.form.querySelector<HTMLInputElement>("input[name=csrfmiddlewaretoken]")?.value ?? "";
    this.running?.abort();
    this.running = new AbortController();
    try {
      const answer = await fetch(this.form.dataset.keptDraft ?? "", {
        method: "POST",
        body,
        headers: { "X-CSRFToken": token },
        keepalive: leaving,
        signal: leaving ? null : this.running.signal,
      });
      if (answer.redirected) {
        this.say("您的登录已经失效，草稿没有存上。点提交会先请您登录，写的文字会留作草稿。");
        return;
      }
      if (!answer.ok) throw new Error(`${answer.status}`);
      const { saved } = (await answer.json()) as { saved: string };
      this.kept = content;
      if (saved) this.form.removeAttribute("data-changed"); // nothing is lost by leaving
      this.say(saved ? `草稿已存 ${saved}` : "");
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "AbortError")) this.say("草稿没有存上，稍后再试");
    }
  }

  private say(words: string): void {
    const place = this.form.querySelector("[data-kept-draft-said]");
    if (place) place.textContent = words;
  }
}

export function startKeptDrafts(): void {
  const keepers = new Map<HTMLFormElement, Keeper>();
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-kept-draft]")) {
    keepers.set(form, new Keeper(form));
  }
  if (keepers.size === 0) return;
  const of = (target: EventTarget | null): Keeper | undefined => {
    const form = target instanceof Element ? target.closest<HTMLFormElement>("form[data-kept-draft]") : null;
    return form ? keepers.get(form) : undefined;
  };
  document.addEventListener("input", (event) => of(event.target)?.later());
  document.addEventListener("change", (event) => of(event.target)?.later());
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    of(event.target)?.stop();
    // Leaving this page must not bring back what is being thrown away.
    if (event.target instanceof Element && event.target.matches("[data-drops-draft]")) {
      for (const keeper of keepers.values()) keeper.stop();
    }
  });
  window.addEventListener("pageshow", () => {
    for (const keeper of keepers.values()) keeper.resume();
  });
  const leave = (): void => {
    for (const keeper of keepers.values()) void keeper.save(true);
  };
  window.addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) leave();
  });
}
