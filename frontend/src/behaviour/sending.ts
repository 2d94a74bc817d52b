import { release } from "./forms";
import { say } from "./notes";
import { freshToken, renew } from "./token";

/**
 * `<form data-stays>` is sent beside its page, which stays until the answer is there: a connection that is lost costs
 * nothing that was written, and pressing again does no harm, because the server knows a form that comes again. What is
 * refused is sent once more by the browser itself, which brings the page that says why.
 */
const LOST = "没有网络，没提交上。写的都还在，请连上网再按一次。";
const AWAY = "这会儿没连上，没提交上。写的都还在，请过一会儿再按一次。";
const PATIENCE = 30_000;

export function startSending(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.hasAttribute("data-stays") || event.defaultPrevented) return;
    event.preventDefault();
    void send(form);
  });
}

async function send(form: HTMLFormElement): Promise<void> {
  say(form, "正在提交…");
  try {
    let answer = await post(form);
    if (renew(answer.status, freshToken(answer))) answer = await post(form);
    const next = answer.headers.get("X-Goes-To");
    if (next) location.assign(next);
    else if (answer.status === 429 || answer.status >= 500) stay(form, AWAY);
    else form.submit();
  } catch {
    stay(form, navigator.onLine ? AWAY : LOST);
  }
}

async function post(form: HTMLFormElement): Promise<Response> {
  const limit = new AbortController();
  const timer = window.setTimeout(() => limit.abort(), PATIENCE);
  try {
    const headers = { "X-Keeps-Page": "yes" };
    return await fetch(form.action, { method: "POST", body: new FormData(form), headers, signal: limit.signal });
  } finally {
    window.clearTimeout(timer);
  }
}

function stay(form: HTMLFormElement, words: string): void {
  release();
  form.dispatchEvent(new CustomEvent("unsent"));
  say(form, words);
}
