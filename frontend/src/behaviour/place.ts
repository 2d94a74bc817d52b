/**
 * `<div data-place data-place-url>`: says in words where a position or an address lies, and brings the map when it is
 * asked for; the map is many times as heavy as the page.
 */
interface Where {
  words: string;
  street: string;
  found: boolean;
}

const AREAS = "/report/areas.geojson";

export function startPlace(): void {
  for (const box of document.querySelectorAll<HTMLElement>("[data-place]")) start(box);
}

function start(box: HTMLElement): void {
  const lon = box.querySelector<HTMLInputElement>("[data-lon]");
  const lat = box.querySelector<HTMLInputElement>("[data-lat]");
  const words = box.querySelector<HTMLElement>("[data-place-words]");
  const tools = box.querySelector<HTMLElement>("[data-place-tools]");
  const open = box.querySelector<HTMLButtonElement>("[data-map-open]");
  const clear = box.querySelector<HTMLButtonElement>("[data-place-clear]");
  const place = box.querySelector<HTMLElement>("[data-map-place]");
  const address = box.querySelector<HTMLInputElement>("input[name=address]");
  const form = box.closest("form");
  if (!lon || !lat || !words || !tools || !open || !clear || !place || !form) return;
  let street = "";
  let asked = 0;
  tools.hidden = false;

  const ask = async (values: Record<string, string>, before: string): Promise<void> => {
    const turn = ++asked;
    const data = new FormData();
    const csrf = form.elements.namedItem("csrfmiddlewaretoken");
    if (csrf instanceof HTMLInputElement) data.append(csrf.name, csrf.value);
    for (const [name, value] of Object.entries(values)) data.append(name, value);
    try {
      const response = await fetch(box.dataset.placeUrl ?? "", { method: "POST", body: data });
      const where = (await response.json()) as Where;
      if (turn !== asked) return; // the pin has moved on
      street = where.street || street;
      words.textContent = where.found ? `${before}${where.words}` : where.words;
      words.toggleAttribute("data-found", where.found);
    } catch {
      if (turn === asked) words.textContent = lon.value ? "位置记下了。" : "";
    }
  };
  const moved = (): void => {
    clear.hidden = !lon.value;
    if (lon.value && lat.value) void ask({ lon: lon.value, lat: lat.value }, "在");
    else if (address?.value.trim()) void ask({ address: address.value }, "应该在");
    else {
      asked += 1;
      words.textContent = "";
      words.removeAttribute("data-found");
    }
  };
  lat.addEventListener("change", moved); // the second of the two to be written
  address?.addEventListener("change", () => {
    if (!lon.value) moved();
  });
  clear.addEventListener("click", () => {
    lon.value = lat.value = "";
    lon.dispatchEvent(new Event("change", { bubbles: true }));
    lat.dispatchEvent(new Event("change", { bubbles: true }));
  });
  open.addEventListener("click", async () => {
    open.disabled = true;
    open.textContent = "正在打开地图…";
    const map = place.querySelector<HTMLElement>("[data-map]");
    if (map) {
      map.dataset.areas = street ? `${AREAS}?street=${encodeURIComponent(street)}` : AREAS;
    }
    place.hidden = false; // it must have a size before it is drawn
    try {
      await import("../map");
      open.hidden = true;
    } catch {
      place.hidden = true;
      open.disabled = false;
      open.textContent = "地图没有打开，再试一次";
    }
  });
  if (lon.value) moved();
}
