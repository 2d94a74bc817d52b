const SENDING = "data-sending";
const AFTER_DOWNLOAD = 4000;

/** A form is sent once, however often its button is pressed. The server is safe without this; the user is calmer. */
function sendOnce(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || event.defaultPrevented || form.method !== "post") return;
    if (form.hasAttribute(SENDING)) {
      event.preventDefault();
      return;
    }
    form.setAttribute(SENDING, "");
    form.removeAttribute("data-changed");
    event.submitter?.setAttribute("aria-busy", "true");
    if (form.hasAttribute("data-download")) window.setTimeout(release, AFTER_DOWNLOAD); // the page stays as it is
  });
  window.addEventListener("pageshow", release); // the back button brings the page as it was left
  document.addEventListener("htmx:finally:request", release);
}

/** What was being sent may be sent again. */
export function release(): void {
  for (const form of document.querySelectorAll(`form[${SENDING}]`)) form.removeAttribute(SENDING);
  for (const button of document.querySelectorAll("button[aria-busy]")) button.removeAttribute("aria-busy");
}

/** Forms marked `data-guard` ask before a half-written text is thrown away. */
function guardText(): void {
  document.addEventListener("input", (event) => {
    if (event.target instanceof Element) event.target.closest("form[data-guard]")?.setAttribute("data-changed", "");
  });
  window.addEventListener("beforeunload", (event) => {
    if (document.querySelector("form[data-guard][data-changed]")) event.preventDefault();
  });
}

/** Says at once, beside the field, when a chosen file is too large; the server checks again. */
function weighFiles(): void {
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (!(input instanceof HTMLInputElement) || input.type !== "file" || !input.dataset.maxMb) return;
    const most = Number(input.dataset.maxMb);
    const heavy = Array.from(input.files ?? []).find((file) => file.size > most * 1024 * 1024);
    input.setCustomValidity(heavy ? `“${heavy.name}”超过 ${most} 兆，请压缩后再选，或分几次上传。` : "");
    input.reportValidity();
  });
}

/** What was refused gets the focus, so that screen reader and keyboard are where the work is. */
function focusErrors(): void {
  document.querySelector<HTMLElement>("[data-error-summary]")?.focus();
}

export function startForms(): void {
  sendOnce();
  guardText();
  weighFiles();
  focusErrors();
  document.addEventListener("htmx:after:swap", (event) => {
    if (event.target instanceof Element && event.target.querySelector("[data-error-summary]")) focusErrors();
  });
}
