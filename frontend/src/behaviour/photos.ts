import { say } from "./notes";
import { renew, token } from "./token";

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
      if (!(form instanceof HTMLFormElement)) return;
      const pending = (underway.get(form) ?? 0) > 0;
      if (!pending && !failed(form).length) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (pending) {
        waiting.add(form); // sent by itself once the last photo is there
        say(form, "照片还在传，传完就自动提交。");
      } else {
        ask(form);
      }
    },
    true,
  );
}

function failed(form: HTMLFormElement): HTMLElement[] {
  return Array.from(form.querySelectorAll<HTMLElement>("[data-photo-list] > [data-failed]"));
}

/** Nothing goes without a photo that its sender believes to be there: they say so by a button of its own. */
function ask(form: HTMLFormElement): void {
  const rows = failed(form);
  const [first] = rows;
  const button = form.querySelector<HTMLButtonElement>("button[type=submit]");
  if (!first || !button) return;
  const [which, them] = rows.length > 1 ? [`有 ${rows.length} 张照片`, "它们"] : ["这张照片", "它"];
  say(form, `${which}没有传上去：换一张，或者去掉${them}再提交。`);
  withoutThem(form)?.remove();
  const without = document.createElement("button");
  without.type = "button";
  without.className = "btn btn-plain";
  without.setAttribute("data-without-photos", "");
  without.textContent = `去掉${them}，提交`;
  without.addEventListener("click", () => {
    for (const row of failed(form)) row.remove();
    settle(form);
    button.click();
  });
  button.before(without);
  first.tabIndex = -1;
  first.focus();
}

function withoutThem(form: HTMLFormElement): HTMLElement | null {
  return form.querySelector<HTMLElement>("[data-without-photos]");
}

/** After a photo came or went: what was asked may be answered, and the draft is another. */
function settle(form: HTMLFormElement): void {
  if (!failed(form).length) {
    if (withoutThem(form)) say(form, "");
    withoutThem(form)?.remove();
  }
  form.dispatchEvent(new Event("change"));
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
      form.querySelector("[data-photo-list] > [data-replaced]")?.remove();
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
  const other = document.createElement("button");
  other.type = "button";
  other.className = "quiet-button";
  other.textContent = "换一张";
  again.hidden = other.hidden = true;
  row.append(picture, words, bar, again, other, drop);
  list.append(row);
  let request: XMLHttpRequest | undefined;
  drop.addEventListener("click", () => {
    request?.abort();
    URL.revokeObjectURL(address);
    row.remove();
    settle(form);
  });
  other.addEventListener("click", () => {
    for (const replaced of list.querySelectorAll("[data-replaced]")) replaced.removeAttribute("data-replaced");
    row.setAttribute("data-replaced", "");
    box.querySelector<HTMLInputElement>("input[type=file]:not([capture])")?.click();
  });
  const attempt = async (): Promise<void> => {
    again.hidden = other.hidden = true;
    bar.hidden = false;
    bar.removeAttribute("value");
    row.removeAttribute("data-failed");
    words.removeAttribute("role"); // percentages are for the eye
    words.textContent = "正在传…";
    change(form, 1);
    try {
      const turn = last.then(async () => {
        if (!row.isConnected) return "";
        return send(box.dataset.url ?? "", await lighten(file), form, (sending, percent) => {
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
      named.dataset.file = file.name;
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
      (problem instanceof Refused ? other : again).hidden = false;
    } finally {
      change(form, -1);
      settle(form);
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
  // Asks, when one of them has failed.
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

/** The server has seen it and does not take it: to send it again would not help. */
class Refused extends Error {}

/** Resolves to the id of what was stored; rejects with words for the reader. */
function send(
  url: string,
  file: File,
  form: HTMLFormElement,
  progress: (request: XMLHttpRequest, percent: number) => void,
  renewed = false,
): Promise<string> {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    const data = new FormData();
    data.append("file", file, file.name);
    request.open("POST", url);
    request.responseType = "json";
    request.setRequestHeader("X-CSRFToken", token(form));
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) progress(request, Math.round((event.loaded / event.total) * 100));
    });
    request.addEventListener("load", () => {
      const answer = request.response as { id?: string; message?: string } | null;
      if (request.status === 200 && answer?.id) done(answer.id);
      else if (!renewed && renew(request.status, request.getResponseHeader("X-CSRFToken")))
        send(url, file, form, progress, true).then(done, fail);
      else if (request.status < 500 && request.status !== 429 && answer?.message) fail(new Refused(answer.message));
      else fail(new Error(answer?.message ?? LOST));
    });
    for (const kind of ["error", "abort", "timeout"]) request.addEventListener(kind, () => fail(new Error(LOST)));
    progress(request, 0);
    request.send(data);
  });
}

function complain(errors: HTMLElement, text: string): void {
  const line = document.createElement("li");
  line.textContent = text;
  errors.append(line);
}
