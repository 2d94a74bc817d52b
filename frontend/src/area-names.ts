import * as L from "leaflet";

/**
 * Names of areas on a map, from our own outlines: each stands in the part of its area that is in view, the larger areas
 * first, and is left out where it does not fit or would lie over another name or over the point.
 */
const TALL = 20;
const WIDE = 13; // of one character, in pixels
const PIN: L.PointTuple = [22, 40];

interface Named {
  area: L.Polygon;
  label: L.Marker;
  width: number;
  own: boolean; // the one the map is about: its name comes first, and may reach over its border
}

function ringsOf(area: L.Polygon): L.LatLng[][] {
  const found: L.LatLng[][] = [];
  const walk = (part: unknown): void => {
    if (!Array.isArray(part)) return;
    if (part[0] instanceof L.LatLng) found.push(part as L.LatLng[]);
    else for (const inner of part) walk(inner);
  };
  walk(area.getLatLngs());
  return found;
}

/** Whether a point lies in the area: it crosses its rings an odd number of times. */
function holds(area: L.Polygon, at: L.LatLng): boolean {
  let inside = false;
  for (const ring of ringsOf(area)) {
    ring.forEach((a, i) => {
      const b = ring[(i + ring.length - 1) % ring.length];
      if (!b || a.lat > at.lat === b.lat > at.lat) return;
      if (at.lng < ((b.lng - a.lng) * (at.lat - a.lat)) / (b.lat - a.lat) + a.lng) inside = !inside;
    });
  }
  return inside;
}

function inView(area: L.LatLngBounds, view: L.LatLngBounds): L.LatLngBounds {
  return L.latLngBounds(
    [Math.max(area.getSouth(), view.getSouth()), Math.max(area.getWest(), view.getWest())],
    [Math.min(area.getNorth(), view.getNorth()), Math.min(area.getEast(), view.getEast())],
  );
}

export class AreaNames {
  private named: Named[] = [];

  constructor(
    private readonly map: L.Map,
    private readonly point: () => L.LatLng | undefined,
  ) {
    map.on("moveend zoomend resize", () => this.arrange());
  }

  show(areas: L.GeoJSON): void {
    this.clear();
    areas.eachLayer((area) => {
      const about = (area as L.Polygon & { feature?: GeoJSON.Feature }).feature?.properties;
      const name: unknown = about?.name;
      if (!(area instanceof L.Polygon) || typeof name !== "string") return;
      const words = document.createElement("span"); // text, never markup: names come from people
      words.textContent = name;
      const icon = L.divIcon({ className: "map-name", html: words, iconSize: [0, 0] });
      const label = L.marker(area.getBounds().getCenter(), { icon, interactive: false, keyboard: false });
      this.named.push({ area, label, width: name.length * WIDE, own: Boolean(about?.own) });
    });
    this.arrange();
  }

  clear(): void {
    for (const { label } of this.named) label.remove();
    this.named = [];
  }

  arrange(): void {
    const view = this.map.getBounds();
    const taken: L.Bounds[] = [];
    const pin = this.point();
    if (pin && view.contains(pin)) {
      const at = this.map.latLngToContainerPoint(pin);
      taken.push(L.bounds(at.subtract(PIN), at.add([PIN[0], 4])));
    }
    const size = (bounds: L.LatLngBounds): L.Point =>
      L.bounds(
        this.map.latLngToContainerPoint(bounds.getSouthWest()),
        this.map.latLngToContainerPoint(bounds.getNorthEast()),
      ).getSize();
    const shown = this.named
      .filter(({ area }) => view.intersects(area.getBounds()))
      .map((one) => ({ ...one, part: inView(one.area.getBounds(), view) }))
      .map((one) => ({ ...one, space: size(one.part) }))
      .sort((a, b) => Number(b.own) - Number(a.own) || b.space.x * b.space.y - a.space.x * a.space.y);
    for (const { label } of this.named) label.remove();
    for (const { area, label, width, own, part, space } of shown) {
      if (space.x < width * (own ? 0.35 : 0.7) || space.y < TALL) continue;
      const at = this.placeFor(area, part, width, taken);
      if (!at) continue;
      label.setLatLng(at).addTo(this.map);
    }
  }

  /** The middle of what is in view, else somewhere around it, inside the area and over nothing else. */
  private placeFor(area: L.Polygon, part: L.LatLngBounds, width: number, taken: L.Bounds[]): L.LatLng | undefined {
    const [south, west] = [part.getSouth(), part.getWest()];
    const [high, wide] = [part.getNorth() - south, part.getEast() - west];
    for (const [up, along] of [
      [0.5, 0.5],
      [0.65, 0.5],
      [0.35, 0.5],
      [0.5, 0.35],
      [0.5, 0.65],
      [0.75, 0.35],
      [0.25, 0.65],
    ] as const) {
      const at = L.latLng(south + high * up, west + wide * along);
      if (!holds(area, at)) continue;
      const middle = this.map.latLngToContainerPoint(at);
      const box = L.bounds(middle.subtract([width / 2, TALL / 2]), middle.add([width / 2, TALL / 2]));
      if (taken.some((other) => other.overlaps(box))) continue;
      taken.push(box);
      return at;
    }
    return undefined;
  }
}
