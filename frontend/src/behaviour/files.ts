/**
 * Every file field also takes what is dropped on it and what is pasted anywhere in its form, shows what was chosen with
 * its size, and lets single files go again. The browser's own button speaks the browser's language, so ours stands in
 * its place; the field itself stays where it was for keys and readers. With `data-upload` each file is sent as soon as it
 * is chosen, and named in the form by its id, so that a kept draft keeps it too; what was not sent goes with the form. Whether one is too large is told by `forms.ts`, which listens after this.
 */
const chosen = new WeakMap<HTMLInputElement, File[]>();
const pictures = new WeakMap<File, string>(); // one address each, however often the list is drawn

function sizeWords(bytes: number): string {
  if (bytes < 1024 * 1024) return `${Math.max(1, Math.round(bytes / 1024))} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

function same(a: File, b: File): boolean {
  return a.name === b.name && a.size === b.size && a.lastModified === b.lastModified;
}

const underway = new WeakSet<File>();
const refused = new WeakMap<File, string>();

/** As the server draws a file that it has kept. */
function keptRow(input: HTMLInputElement, id: string, name: string): HTMLLabelElement {
  const row = document.createElement("label");
  row.className = "choice";
  const box = document.createElement("input");
  box.type = "checkbox";
  box.name = `${input.name}.kept`;
  box.value = id;
  box.checked = true;
  box.id = `${input.id}-${id}`;
  row.htmlFor = box.id;
  const words = document.createElement("span");
  words.textContent = name;
  row.append(box, words);
  return row;
}

async function upload(input: HTMLInputElement, file: File): Promise<void> {
  underway.add(file);
  show(input);
  const body = new FormData();
  body.set("file", file, file.name);
  const token = input.form?.querySelector<HTMLInputElement>("input[name=csrfmiddlewaretoken]")?.value ?? "";
  try {
    const answer = await fetch(input.dataset.upload ?? "", { method: "POST", body, headers: { "X-CSRFToken": token } });
    const told = (await answer.json()) as { id?: string; name?: string; message?: string };
    if (!chosen.get(input)?.includes(file)) return; // taken away meanwhile
    if (!answer.ok || !told.id) {
      refused.set(file, told.message ?? "没有传上去");
      return;
    }
    const row = keptRow(input, told.id, told.name ?? file.name);
    (input.parentElement?.querySelector(".file-face") ?? input).before(row);
    put(
      input,
      (chosen.get(input) ?? []).filter((other) => other !== file),
    );
    row.querySelector("input")?.dispatchEvent(new Event("change", { bubbles: true }));
  } catch {
    // the network is away: it goes with the form
  } finally {
    underway.delete(file);
    show(input);
  }
}

function uploadAll(input: HTMLInputElement): void {
  if (input.dataset.upload === undefined) return;
  for (const file of chosen.get(input) ?? []) {
    if (!underway.has(file) && !refused.has(file) && !isHeavy(input, file)) void upload(input, file);
  }
}

function isHeavy(input: HTMLInputElement, file: File): boolean {
  return Boolean(input.dataset.maxMb) && file.size > Number(input.dataset.maxMb) * 1024 * 1024;
}

function put(input: HTMLInputElement, files: File[]): void {
  try {
    const carrier = new DataTransfer();
    for (const file of files) carrier.items.add(file);
    input.files = carrier.files;
    chosen.set(input, files);
  } catch {
    chosen.set(input, Array.from(input.files ?? [])); // an old Safari: the field keeps what it took itself
  }
  show(input);
}

function add(input: HTMLInputElement, files: File[]): void {
  const before = input.multiple ? (chosen.get(input) ?? []) : [];
  const fresh = files.filter((file) => !before.some((known) => same(known, file)));
  put(input, input.multiple ? [...before, ...fresh] : fresh.slice(-1));
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

/** Pasted pictures all are called “image.png”. */
function named(files: FileList): File[] {
  const now = new Date();
  const clock = [now.getHours(), now.getMinutes(), now.getSeconds()].map((n) => String(n).padStart(2, "0")).join("");
  return Array.from(files, (file, i) => {
    if (!/^image\.\w+$/.test(file.name)) return file;
    const end = file.name.slice(file.name.lastIndexOf("."));
    return new File([file], `粘贴的图片${clock}${i > 0 ? `-${i + 1}` : ""}${end}`, { type: file.type });
  });
}

function show(input: HTMLInputElement): void {
  const files = chosen.get(input) ?? [];
  const words = input.previousElementSibling?.querySelector<HTMLElement>("[data-files-said]");
  if (words) words.textContent = files.length === 0 ? "还没有选文件" : `已选 ${files.length} 个文件`;
  const list = listOf(input);
  list.replaceChildren(
    ...files.map((file, i) => {
      const row = document.createElement("li");
      if (file.type.startsWith("image/")) {
        const picture = document.createElement("img");
        picture.alt = "";
        picture.src = pictures.get(file) ?? URL.createObjectURL(file);
        pictures.set(file, picture.src);
        row.append(picture);
      }
      const words = document.createElement("span");
      words.textContent = `${file.name}（${sizeWords(file.size)}）`;
      if (isHeavy(input, file)) {
        row.classList.add("is-heavy");
        words.textContent += `，超过 ${input.dataset.maxMb} 兆`;
      }
      if (underway.has(file)) words.textContent += "，正在上传…";
      const problem = refused.get(file);
      if (problem) {
        row.classList.add("is-heavy");
        words.textContent += `：${problem}`;
      }
      const away = document.createElement("button");
      away.type = "button";
      away.className = "btn btn-sm btn-plain";
      away.textContent = "移除";
      away.setAttribute("aria-label", `移除 ${file.name}`);
      away.addEventListener("click", () => {
        put(
          input,
          files.filter((_, at) => at !== i),
        );
        input.dispatchEvent(new Event("change", { bubbles: true }));
        input.focus();
      });
      row.append(words, away);
      return row;
    }),
  );
  list.hidden = files.length === 0;
}

function listOf(input: HTMLInputElement): HTMLUListElement {
  const after = input.nextElementSibling;
  if (after instanceof HTMLUListElement && after.classList.contains("chosen-files")) return after;
  const list = document.createElement("ul");
  list.className = "chosen-files";
  list.setAttribute("aria-label", "已选的文件");
  list.setAttribute("hx-morph-skip", "");
  input.after(list);
  return list;
}

/** Our own button before the field, for the mouse; whoever goes by keys or hears the page uses the field itself. */
function putFace(input: HTMLInputElement): void {
  const face = document.createElement("div");
  face.className = "file-face";
  face.setAttribute("aria-hidden", "true");
  face.setAttribute("hx-morph-skip", "");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-plain";
  button.tabIndex = -1;
  button.textContent = "选择文件";
  button.addEventListener("click", () => {
    input.focus();
    input.click();
  });
  const words = document.createElement("span");
  words.className = "soft";
  words.dataset.filesSaid = "";
  words.textContent = "还没有选文件";
  face.append(button, words);
  input.before(face);
  input.classList.add("visually-hidden");
}

function enhance(input: HTMLInputElement): void {
  if (input.dataset.enhanced) return;
  input.dataset.enhanced = "yes";
  putFace(input);
  const place = input.closest<HTMLElement>(".field") ?? input;
  const hint = document.createElement("p");
  hint.className = "field-help no-touch";
  const takesPictures = !input.accept || input.accept.includes("image") || input.accept.includes(".png");
  hint.textContent = takesPictures ? "也可以把文件拖到这里，或者按 Ctrl+V 粘贴截图。" : "也可以把文件拖到这里。";
  input.after(hint);
  listOf(input).hidden = true;
  place.classList.add("takes-files");
  place.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    place.classList.add("is-over");
  });
  place.addEventListener("dragleave", () => place.classList.remove("is-over"));
  place.addEventListener("drop", (event) => {
    place.classList.remove("is-over");
    const files = event.dataTransfer?.files;
    if (!files || files.length === 0) return;
    event.preventDefault();
    add(input, Array.from(files));
  });
}

function pastedInto(): HTMLInputElement | null {
  const form = document.activeElement?.closest("form");
  const own = form?.querySelector<HTMLInputElement>("input[type=file]");
  if (own) return own;
  const all = document.querySelectorAll<HTMLInputElement>("input[type=file]");
  return all.length === 1 ? (all[0] ?? null) : null;
}

export function startFiles(): void {
  const all = (): void => {
    for (const input of document.querySelectorAll<HTMLInputElement>("input[type=file]")) enhance(input);
  };
  all();
  document.addEventListener("htmx:after:swap", all);
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (!(input instanceof HTMLInputElement) || input.type !== "file") return;
    const now = Array.from(input.files ?? []);
    const before = chosen.get(input) ?? [];
    // Choosing once more adds: a browser by itself would forget the first.
    const isNew = input.multiple && before.length > 0 && !before.every((file) => now.some((one) => same(one, file)));
    if (isNew) put(input, [...before, ...now.filter((file) => !before.some((known) => same(known, file)))]);
    else put(input, now);
    uploadAll(input);
  });
  document.addEventListener("paste", (event) => {
    const data = event.clipboardData;
    if (!data || data.files.length === 0 || data.types.includes("text/plain")) return;
    const input = pastedInto();
    if (!input) return;
    event.preventDefault();
    add(input, named(data.files));
  });
}
