/**
 * Pictures among the attachments (`a[data-picture]`) open in a dialog over the page; arrow keys go on and back. Without
 * this script, or with Ctrl, they are links.
 */
interface Viewer {
  dialog: HTMLDialogElement;
  image: HTMLImageElement;
  caption: HTMLElement;
  count: HTMLElement;
  previous: HTMLButtonElement;
  next: HTMLButtonElement;
}

let viewer: Viewer | undefined;
let pictures: HTMLAnchorElement[] = [];
let at = 0;

function button(words: string, press: () => void): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "btn btn-plain";
  made.textContent = words;
  made.addEventListener("click", press);
  return made;
}

function build(): Viewer {
  const dialog = document.createElement("dialog");
  dialog.className = "viewer";
  const image = document.createElement("img");
  image.alt = "";
  const caption = document.createElement("p");
  const count = document.createElement("span");
  const previous = button("上一张", () => show(at - 1));
  const next = button("下一张", () => show(at + 1));
  const foot = document.createElement("div");
  foot.className = "viewer-foot";
  foot.append(
    caption,
    count,
    previous,
    next,
    button("关闭", () => dialog.close()),
  );
  dialog.append(image, foot);
  // On the document: a button that has just been switched off has lost the focus, and the dialog with it.
  document.addEventListener("keydown", (event) => {
    if (!dialog.open) return;
    if (event.key === "ArrowLeft") show(at - 1);
    else if (event.key === "ArrowRight") show(at + 1);
  });
  dialog.addEventListener("close", () => image.removeAttribute("src"));
  document.body.append(dialog);
  return { dialog, image, caption, count, previous, next };
}

function show(which: number): void {
  const link = pictures[which];
  if (!viewer || !link) return;
  at = which;
  const name = link.querySelector(".file-name")?.textContent ?? "";
  const about = link.querySelector("small")?.textContent?.trim() ?? "";
  viewer.image.src = link.href;
  viewer.image.alt = name;
  viewer.dialog.setAttribute("aria-label", `图片：${name}`);
  viewer.caption.textContent = `${name}（${about}）`;
  viewer.count.textContent = pictures.length > 1 ? `${which + 1} / ${pictures.length}` : "";
  viewer.previous.hidden = viewer.next.hidden = pictures.length < 2;
  viewer.previous.disabled = which === 0;
  viewer.next.disabled = which === pictures.length - 1;
}

export function startViewer(): void {
  if (typeof HTMLDialogElement === "undefined") return;
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target.closest<HTMLAnchorElement>("a[data-picture]");
    if (!link) return;
    event.preventDefault();
    viewer ??= build();
    pictures = Array.from(document.querySelectorAll<HTMLAnchorElement>("a[data-picture]"));
    show(pictures.indexOf(link));
    viewer.dialog.showModal();
  });
}
