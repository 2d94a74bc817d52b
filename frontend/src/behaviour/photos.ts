/**
 * `<fieldset data-photos data-url data-name data-most>`: each photo is made smaller and sent as soon as it is chosen, so
 * that pressing the button takes a moment and a broken connection costs one photo and not the words. What was sent is
 * named in the form by its id. Without this script the file inputs are sent with the form.
 */
const LONGEST_SIDE = 2000;
const LIGHT = 1_500_000; // bytes; what is lighter and small enough goes as it is
const LOST = "没有传上去，请检查网络后再试一次。";

const underway = new Map<HTMLFormElement, number>();
const waiting = new WeakSet<HTMLFormElement>();
let last: Promise<unknown> = Promise.resolve(); // one after the other: the first one's answer brings the session

export function startPhotos(): void {
  for (const box of document.querySelectorAll<HTMLElement>("[data-photos]")) start(box);
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (!(form instanceof HTMLFormElement) || !underway.get(form)) return;
      event.preventDefault(); // sent by itself once the last photo is there
      event.stopImmediatePropagation();
      waiting.add(form);
      say(form, "照片还在传，传完就自动提交。");
    },
    true,
  );
}

function start(box: HTMLElement): void {
  const form = box.closest("form");
  const list = box.querySelector<HTMLElement>("[data-photo-list]");
  const errors = box.querySelector<HTMLElement>("[data-photo-errors]");
  if (!form || !list || !errors) return;
  const most = Number(box.dataset.most ?? 20);
  box.setAttribute("data-ready", "");
  for (const help of box.querySelectorAll<HTMLElement>("[data-photo-help]")) help.hidden = false;
  for (const input of box.querySelectorAll<HTMLInputElement>("input[type=file]")) {
    input.addEventListener("change", () => {
      errors.textContent = "";
      for (const file of Array.from(input.files ?? [])) {
        if (list.children.length >= most) {
          complain(errors, `最多 ${most} 张，多的没有加上。`);
          break;
        }
        void add(form, box, list, file);
      }
      input.value = ""; // or it would be sent a second time with the form
    });
  }
}

async function add(form: HTMLFormElement, box: HTMLElement, list: HTMLElement, file: File): Promise<void> {
  const row = document.createElement("li");
  row.className = "photo";
  const picture = document.createElement("img");
  picture.alt = "";
  const address = URL.createObjectURL(file);
  picture.addEventListener("error", () => picture.remove());
  picture.src = address;
  const words = document.createElement("span");
  const bar = document.createElement("progress");
  bar.max = 100;
  bar.setAttribute("aria-label", "上传进度");
  const drop = document.createElement("button");
  drop.type = "button";
  drop.className = "quiet-button";
  drop.textContent = "删掉";
  const again = document.createElement("button");
  again.type = "button";
  again.className = "quiet-button";
  again.textContent = "再试一次";
  again.hidden = true;
  row.append(picture, words, bar, again, drop);
  list.append(row);
  let request: XMLHttpRequest | undefined;
  drop.addEventListener("click", () => {
    request?.abort();
    URL.revokeObjectURL(address);
    row.remove();
  });
  const attempt = async (): Promise<void> => {
    again.hidden = true;
    bar.hidden = false;
    bar.removeAttribute("value");
    row.removeAttribute("data-failed");
    words.removeAttribute("role"); // percentages are for the eye
    words.textContent = "正在传…";
    change(form, 1);
    try {
      const turn = last.then(async () => {
        if (!row.isConnected) return "";
        return send(box.dataset.url ?? "", await lighten(file), token(form), (sending, percent) => {
          request = sending;
          bar.value = percent;
          words.textContent = percent < 100 ? `正在传 ${percent}%` : "快好了…";
        });
      });
      last = turn.catch(() => undefined);
      const answer = await turn;
      if (!answer) return;
      const named = document.createElement("input");
      named.type = "hidden";
      named.name = `${box.dataset.name}.kept`;
      named.value = answer;
      row.append(named);
      words.setAttribute("role", "status");
      words.textContent = "已传好";
      bar.hidden = true;
    } catch (problem) {
      if (!row.isConnected) return; // dropped on its way
      bar.hidden = true;
      row.setAttribute("data-failed", "");
      words.setAttribute("role", "status");
      words.textContent = problem instanceof Error ? problem.message : LOST;
      again.hidden = false;
      waiting.delete(form);
      say(form, "有照片没有传上去：再试一次，或者删掉它再提交。");
    } finally {
      change(form, -1);
    }
  };
  again.addEventListener("click", () => void attempt());
  await attempt();
}

function change(form: HTMLFormElement, by: number): void {
  const left = (underway.get(form) ?? 0) + by;
  underway.set(form, left);
  if (left > 0 || !waiting.has(form)) return;
  waiting.delete(form);
  say(form, "");
  form.querySelector<HTMLButtonElement>("button[type=submit]")?.click();
}

/** The picture at most 2000 pixels wide and high; anything that cannot be drawn goes as it is, and the server judges. */
async function lighten(file: File): Promise<File> {
  if (!/^image\/(jpeg|png|webp|heic|heif)$/.test(file.type)) return file;
  const address = URL.createObjectURL(file);
  try {
    const picture = await load(address);
    const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.naturalWidth, picture.naturalHeight));
    if (scale === 1 && file.size <= LIGHT && file.type !== "image/heic" && file.type !== "image/heif") return file;
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(picture.naturalWidth * scale));
    canvas.height = Math.max(1, Math.round(picture.naturalHeight * scale));
    const pen = canvas.getContext("2d");
    if (!pen) return file;
    pen.fillStyle = "#fff"; // what is see-through would turn black
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", 0.85));
    if (!blob) return file;
    return new File([blob], `${file.name.replace(/\.\w+$/, "") || "照片"}.jpg`, { type: "image/jpeg" });
  } catch {
    return file;
  } finally {
    URL.revokeObjectURL(address);
  }
}

function load(address: string): Promise<HTMLImageElement> {
  return new Promise((done, fail) => {
    const picture = new Image();
    picture.onload = () => done(picture);
    picture.onerror = () => fail(new Error("not a picture"));
    picture.src = address;
  });
}

/** Resolves to the id of what was stored; rejects with words for the reader. */
function send(
  url: string,
  file: File,
  csrf: string,
  progress: (request: XMLHttpRequest, percent: number) => void,
): Promise<string> {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    const data = new FormData();
    data.append("file", file, file.name);
    request.open("POST", url);
    request.responseType = "json";
    request.setRequestHeader("X-CSRFToken", csrf);
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) progress(request, Math.round((event.loaded / event.total) * 100));
    });
    request.addEventListener("load", () => {
      const answer = request.response as { id?: string; message?: string } | null;
      if (request.status === 200 && answer?.id) done(answer.id);
      else fail(new Error(answer?.message ?? LOST));
    });
    for (const kind of ["error", "abort", "timeout"]) request.addEventListener(kind, () => fail(new Error(LOST)));
    progress(request, 0);
    request.send(data);
  });
}

function token(form: HTMLFormElement): string {
  const field = form.elements.namedItem("csrfmiddlewaretoken");
  return field instanceof HTMLInputElement ? field.value : "";
}

function complain(errors: HTMLElement, text: string): void {
  const line = document.createElement("li");
  line.textContent = text;
  errors.append(line);
}

function say(form: HTMLFormElement, text: string): void {
  const note = form.querySelector<HTMLElement>("[data-submit-note]");
  if (!note) return;
  note.textContent = text;
  note.hidden = text === "";
}
