/** Photos that the server has already, as a form names them: a hidden field of a row, or a box that can be unticked. */
export interface KeptPhoto {
  id: string;
  name: string;
}

export function keptPhotos(form: HTMLFormElement): KeptPhoto[] {
  const fields = form.querySelectorAll<HTMLInputElement>("[data-photo-list] input[name$='.kept']");
  return Array.from(fields)
    .filter((field) => field.type === "hidden" || field.checked)
    .map((field) => ({ id: field.value, name: field.dataset.file ?? "照片" }));
}

/** As the server draws them when a form comes back. */
export function putPhotos(form: HTMLFormElement, photos: KeptPhoto[]): void {
  const box = form.querySelector<HTMLElement>("[data-photos]");
  const list = box?.querySelector<HTMLElement>("[data-photo-list]");
  if (!box || !list) return;
  for (const photo of photos) {
    const row = document.createElement("li");
    const label = document.createElement("label");
    label.className = "choice";
    const field = document.createElement("input");
    field.type = "checkbox";
    field.checked = true;
    field.name = `${box.dataset.name}.kept`;
    field.value = photo.id;
    field.dataset.file = photo.name;
    const name = document.createElement("span");
    name.textContent = photo.name;
    label.append(field, name);
    row.append(label);
    list.append(row);
  }
}
