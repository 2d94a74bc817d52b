/** What stands above the button of a resident's form: why it was not sent, what is being waited for. */
export function say(form: HTMLFormElement, text: string): void {
  const note = form.querySelector<HTMLElement>("[data-submit-note]");
  if (!note) return;
  note.textContent = text;
  note.hidden = text === "";
}
