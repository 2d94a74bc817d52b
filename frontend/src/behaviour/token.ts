/**
 * What guards forms becomes old when somebody signs in or out beside an open page. The server then refuses and names the
 * one that is good from now on: it is put into every form of the page.
 */
const FRESH = "X-CSRFToken";
const FIELD = "csrfmiddlewaretoken";

export function token(form: HTMLFormElement): string {
  const field = form.elements.namedItem(FIELD);
  return field instanceof HTMLInputElement ? field.value : "";
}

/** Whether there was one. */
export function renew(status: number, fresh: string | null): boolean {
  if (status !== 403 || !fresh) return false;
  for (const field of document.querySelectorAll<HTMLInputElement>(`input[name=${FIELD}]`)) field.value = fresh;
  const inherited = "hx-headers:inherited";
  if (document.body.hasAttribute(inherited)) document.body.setAttribute(inherited, JSON.stringify({ [FRESH]: fresh }));
  return true;
}

export function freshToken(answer: { headers: Headers }): string | null {
  return answer.headers.get(FRESH);
}

/** For pages with htmx: a form's note says that one should press again; what asks by itself does so the next time. */
export function startRenewal(): void {
  document.addEventListener("htmx:before:response", (event) => {
    const { ctx } = (event as CustomEvent<{ ctx: { sourceElement: Element; response: { raw: Response } } }>).detail;
    const renewed = renew(ctx.response.raw.status, freshToken(ctx.response.raw));
    if (renewed && !(ctx.sourceElement instanceof HTMLFormElement)) event.preventDefault();
  });
}
