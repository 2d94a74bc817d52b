import "leaflet/dist/leaflet.css";
import "./css/map.css";
import * as L from "leaflet";
import { AreaNames } from "./area-names";

/**
 * <div data-map data-areas="/…geojson" data-point="114.3,30.55" data-lon="id_lon" data-lat="id_lat"
 *      data-tiles="https://…/{z}/{x}/{y}.png" data-attribution="…">
 *
 * Draws our own areas (GeoJSON, WGS-84) and shows one point; with `data-lon` and `data-lat` (ids of two inputs) the
 * point can be set and moved. Everything works without a tile server: the outline alone tells where one is.
 * Names of areas stand on the map where they fit; the others are told under the mouse.
 * `data-areas-closer`: what is drawn instead once somebody has come near, as communities in place of streets.
 * An area with the property `own` is the one it is about.
 * `data-areas-from="id"`: whenever something in that element says `data-areas-url`, those areas are drawn instead.
 */
const AREA: L.PathOptions = { color: "#1b5e94", weight: 1, fillColor: "#1b5e94", fillOpacity: 0.06 };
const OWN: L.PathOptions = { color: "#1b5e94", weight: 2.5, fillColor: "#1b5e94", fillOpacity: 0.14 };
const CLOSER = 13.5; // zoom from which
const AREA_HOVER: L.PathOptions = { weight: 2, fillOpacity: 0.16 };

function field(id: string | undefined): HTMLInputElement | null {
  const element = id ? document.getElementById(id) : null;
  return element instanceof HTMLInputElement ? element : null;
}

function numbers(lon: string | undefined, lat: string | undefined): L.LatLng | null {
  if (!lon || !lat) return null;
  const [x, y] = [Number(lon), Number(lat)];
  return Number.isFinite(x) && Number.isFinite(y) && Math.abs(y) <= 90 ? L.latLng(y, x) : null;
}

function note(box: HTMLElement, text: string): void {
  const words = document.createElement("p");
  words.className = "map-note";
  words.setAttribute("role", "status");
  words.textContent = text;
  box.append(words);
}

async function drawAreas(map: L.Map, box: HTMLElement, url: string, hasPoint: () => boolean): Promise<L.GeoJSON> {
  const response = await fetch(url, { headers: { Accept: "application/geo+json, application/json" } });
  if (!response.ok) throw new Error(`${response.status}`);
  const areas = L.geoJSON(await response.json(), {
    style: (feature) => (feature?.properties?.own ? OWN : AREA),
    onEachFeature(feature, layer) {
      const name: unknown = feature.properties?.name;
      if (typeof name === "string") {
        const label = document.createElement("span"); // text, never markup: names come from people
        label.textContent = name;
        layer.bindTooltip(label, { sticky: true });
      }
      if (!(layer instanceof L.Path)) return;
      layer.on("mouseover", () => layer.setStyle(AREA_HOVER));
      layer.on("mouseout", () => layer.setStyle(feature.properties?.own ? OWN : AREA));
    },
  }).addTo(map);
  const bounds = areas.getBounds();
  if (bounds.isValid() && !hasPoint()) map.fitBounds(bounds, { padding: [12, 12] });
  if (!bounds.isValid()) note(box, "这里还没有划定范围");
  return areas;
}

function addTiles(map: L.Map, box: HTMLElement, url: string): void {
  let failures = 0;
  const tiles = L.tileLayer(url, { maxZoom: 18, attribution: box.dataset.attribution ?? "" }).addTo(map);
  tiles.on("tileload", () => {
    failures = 0;
  });
  tiles.on("tileerror", () => {
    failures += 1;
    if (failures < 6) return;
    tiles.remove(); // the outline stays; a wall of broken pictures would not help anybody
    note(box, "底图暂时打不开，只显示辖区边界");
  });
}

function start(box: HTMLElement): void {
  if (box.dataset.started) return;
  box.dataset.started = "yes";
  const lon = field(box.dataset.lon);
  const lat = field(box.dataset.lat);
  const first = (lon && lat && numbers(lon.value, lat.value)) || pair(box.dataset.point);

  const map = L.map(box, { preferCanvas: true, zoomSnap: 0.25, zoomControl: false, attributionControl: false });
  L.control.zoom({ zoomInTitle: "放大", zoomOutTitle: "缩小" }).addTo(map);
  L.control.attribution({ prefix: false }).addTo(map);
  map.setView(first ?? pair(box.dataset.centre) ?? L.latLng(30.55, 114.32), first ? (box.dataset.tiles ? 16 : 15) : 12);

  let marker: L.Marker | undefined;
  const pin = L.divIcon({ className: "map-pin", iconSize: [28, 36], iconAnchor: [14, 34] });
  const show = (at: L.LatLng): void => {
    if (marker) marker.setLatLng(at);
    else {
      marker = L.marker(at, { icon: pin, draggable: lon !== null, keyboard: false, alt: "位置" }).addTo(map);
      marker.on("dragend", () => {
        if (marker) write(marker.getLatLng());
      });
    }
  };
  const write = (at: L.LatLng): void => {
    if (!lon || !lat) return;
    lon.value = at.lng.toFixed(6);
    lat.value = at.lat.toFixed(6);
    lon.dispatchEvent(new Event("change", { bubbles: true }));
    lat.dispatchEvent(new Event("change", { bubbles: true }));
  };
  if (first) show(first);
  if (lon && lat) {
    map.on("click", (event: L.LeafletMouseEvent) => write(event.latlng));
    const follow = (): void => {
      const at = numbers(lon.value, lat.value);
      if (at) {
        show(at);
        names.arrange();
        if (!map.getBounds().contains(at)) map.setView(at, Math.max(map.getZoom(), 15));
      } else {
        marker?.remove();
        marker = undefined;
      }
    };
    lon.addEventListener("change", follow);
    lat.addEventListener("change", follow);
  }
  if (box.dataset.tiles) addTiles(map, box, box.dataset.tiles);
  let drawn = "";
  let areas: L.GeoJSON | undefined;
  const names = new AreaNames(map, () => marker?.getLatLng());
  const draw = (url: string | undefined): void => {
    if (!url || url === drawn) return;
    drawn = url;
    box.querySelector(".map-note")?.remove();
    drawAreas(map, box, url, () => marker !== undefined || areas !== undefined)
      .then((fresh) => {
        if (drawn !== url)
          fresh.remove(); // asked for others meanwhile
        else {
          areas?.remove();
          areas = fresh;
          names.show(fresh);
        }
      })
      .catch(() => {
        if (drawn === url) note(box, "辖区边界没有取到，请稍后刷新页面");
      });
  };
  const from = box.dataset.areasFrom ? document.getElementById(box.dataset.areasFrom) : null;
  const told = (): string | undefined => from?.querySelector<HTMLElement>("[data-areas-url]")?.dataset.areasUrl;
  const usual = (): string | undefined =>
    (box.dataset.areasCloser && map.getZoom() >= CLOSER && drawn !== "" ? box.dataset.areasCloser : undefined) ??
    box.dataset.areas;
  draw(told() ?? box.dataset.areas);
  if (box.dataset.areasCloser) map.on("zoomend", () => draw(told() ?? usual()));
  if (from) document.addEventListener("htmx:after:swap", () => draw(told()));
}

function pair(text: string | undefined): L.LatLng | null {
  const [x, y] = (text ?? "").split(",");
  return numbers(x, y);
}

function startAll(): void {
  for (const box of document.querySelectorAll<HTMLElement>("[data-map]")) start(box);
}

startAll();
document.addEventListener("htmx:after:swap", startAll);
