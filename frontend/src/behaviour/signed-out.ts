import { toast } from "./toasts";

const DOOR = "/account/sign-in/";

/**
 * A session that ends while somebody writes: what a page asks by itself (who else is here, counts, live parts) would take
 * the whole page to the sign-in page, and what was written with it. The page stays and says so; a press on a button or a
 * link still leads to the door.
 */
export function startSignedOut(): void {
  let said = false;
  document.addEventListener("htmx:before:response", (event) => {
    const { ctx } = (event as CustomEvent<{ ctx: { sourceElement: Element; response: { raw: Response } } }>).detail;
    const leads = ctx.response.raw.headers.get("HX-Redirect");
    if (!leads || !new URL(leads, location.href).pathname.startsWith(DOOR)) return;
    if (ctx.sourceElement.matches("form, button, a")) return;
    const words = wordsFor(document);
    if (!words) return;
    event.preventDefault();
    if (!said) toast(words, "warning");
    said = true;
  });
}

function wordsFor(page: Document): string {
  if (page.querySelector("form[data-kept-draft] [name=draft_seal]"))
    return "您的登录已经失效，写的内容还在这一页。提交时会先请您登录，写的文字留作草稿。";
  if (page.querySelector("form[data-guard][data-changed]"))
    return "您的登录已经失效，写的内容还在这一页。请先复制出来，再重新登录。";
  return "";
}
