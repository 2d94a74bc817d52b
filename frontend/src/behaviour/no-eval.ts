import htmx from "htmx.org";

/**
 * htmx compiles `hx-on:*`, `js:` values and trigger filters into functions. Our content security policy forbids that
 * in the browser; here it is refused by name, so that a page author reads why.
 */
function refuse(): never {
  throw new Error("attributes that hold code (hx-on, js:, trigger filters) are switched off here");
}

interface SecurityApi {
  initSecurity(policy: null, sync: () => never, async: () => never): void;
}

export function forbidEval(): void {
  const extension = { init: (api: SecurityApi) => api.initSecurity(null, refuse, refuse) };
  htmx.registerExtension("no-eval", extension as Parameters<typeof htmx.registerExtension>[1]);
}
