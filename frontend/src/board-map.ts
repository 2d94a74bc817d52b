import "leaflet/dist/leaflet.css";
import "./css/map.css";
import * as L from "leaflet";
import { AreaNames } from "./area-names";

/**
 * The map of the command board: our own outlines, and a point for each call-out. Points that lie on one another are one
 * mark with their number; pressed, it comes nearer until they stand apart. Everything on it is in the list beside it.
 */
export interface Point {
  number: string;
  title: string;
  at: [number, number]; // longitude, latitude
  exact: boolean;
  late: boolean;
  emergency: boolean;
}

const AREA: L.PathOptions = { color: "#4f7ea8", weight: 1.2, fillColor: "#1d3a57", fillOpacity: 0.55 };
const SIZE = 1.625; // of a mark, in rem: the screen may be 4K
const CLOSER = 13.6; // zoom from which communities are drawn in place of streets
const NEAREST = 17;

interface Cluster {
  at: L.Point;
  of: Point[];
}

export class BoardMap {
  private readonly map: L.Map;
  private readonly names: AreaNames;
  private readonly marks = L.layerGroup();
  private points: Point[] = [];
  private chosen = "";
  private drawn = "";
  private areas: L.GeoJSON | undefined;

  constructor(
    private readonly box: HTMLElement,
    private readonly open: (number: string) => void,
  ) {
    this.map = L.map(box, { preferCanvas: true, zoomSnap: 0.25, zoomControl: false, attributionControl: false });
    L.control.zoom({ zoomInTitle: "放大", zoomOutTitle: "缩小" }).addTo(this.map);
    this.map.setView([30.55, 114.32], 12);
    this.marks.addTo(this.map);
    this.names = new AreaNames(this.map, () => undefined);
    this.map.on("zoomend moveend resize", () => this.arrange());
    this.map.on("zoomend", () => this.outline());
    new ResizeObserver(() => this.map.invalidateSize({ pan: false })).observe(box);
    this.outline();
  }

  show(points: Point[]): void {
    this.points = points;
    this.arrange();
  }

  choose(number: string): void {
    this.chosen = number;
    this.arrange();
  }

  private outline(): void {
    const closer = this.drawn !== "" && this.map.getZoom() >= CLOSER;
    const url = (closer ? this.box.dataset.closer : undefined) ?? this.box.dataset.areas;
    if (!url || url === this.drawn) return;
    const first = this.drawn === "";
    this.drawn = url;
    fetch(url, { headers: { Accept: "application/json" } })
      .then((response) => {
        if (!response.ok) throw new Error(`${response.status}`);
        return response.json();
      })
      .then((found) => {
        if (this.drawn !== url) return;
        const areas = L.geoJSON(found, { style: () => AREA, interactive: false });
        this.areas?.remove();
        this.areas = areas.addTo(this.map);
        const bounds = areas.getBounds();
        if (first && bounds.isValid()) this.map.fitBounds(bounds, { padding: [10, 10] });
        this.names.show(areas);
        this.arrange();
      })
      .catch(() => {
        if (this.drawn === url) this.drawn = first ? "" : url;
      });
  }

  private clusters(apart: number): Cluster[] {
    const found: Cluster[] = [];
    for (const point of this.points) {
      const at = this.map.latLngToLayerPoint([point.at[1], point.at[0]]);
      const near = found.find((cluster) => cluster.at.distanceTo(at) < apart);
      if (near) near.of.push(point);
      else found.push({ at, of: [point] });
    }
    return found;
  }

  private arrange(): void {
    const focused = document.activeElement?.getAttribute("data-marks");
    const size = Math.round(SIZE * Number.parseFloat(getComputedStyle(document.documentElement).fontSize));
    this.marks.clearLayers();
    for (const cluster of this.clusters(size * 1.25)) {
      const [first] = cluster.of;
      if (!first) continue;
      const numbers = cluster.of.map((point) => point.number).join(" ");
      const face = document.createElement("span"); // text, never markup
      face.textContent = cluster.of.length > 1 ? String(cluster.of.length) : "";
      const css = ["board-mark"];
      if (cluster.of.some((point) => point.late)) css.push("is-late");
      if (cluster.of.some((point) => point.number === this.chosen)) css.push("is-chosen");
      if (cluster.of.every((point) => !point.exact)) css.push("is-about");
      const icon = L.divIcon({ className: css.join(" "), html: face, iconSize: [size, size] });
      const title =
        cluster.of.length > 1
          ? `${cluster.of.length} 个呼叫`
          : `${first.title}${first.exact ? "" : "（只知道在哪个社区或街道）"}`;
      const mark = L.marker(this.map.layerPointToLatLng(cluster.at), { icon, title, alt: title });
      mark.on("click", () => this.press(cluster));
      mark.addTo(this.marks);
      const element = mark.getElement();
      element?.setAttribute("data-marks", numbers);
      element?.setAttribute("aria-label", title);
      if (focused === numbers) element?.focus();
    }
  }

  /** A single one is opened; several are looked at from nearer, and where that parts them no more the newest is opened. */
  private press(cluster: Cluster): void {
    const [first] = cluster.of;
    if (!first) return;
    const bounds = L.latLngBounds(cluster.of.map((point) => [point.at[1], point.at[0]]));
    const apart = bounds.getNorthEast().distanceTo(bounds.getSouthWest()) > 20;
    if (cluster.of.length > 1 && apart && this.map.getZoom() < NEAREST) {
      this.map.fitBounds(bounds, { padding: [60, 60], maxZoom: NEAREST });
    } else this.open(first.number);
  }
}
