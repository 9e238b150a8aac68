import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import "./uplot.css";
import { record } from "../measure";
import { get } from "../store";
import { clock } from "../ui/format";
import css from "./charts.module.css";
import { optionsOf } from "./options";
import { tooltip } from "./plugins/tooltip";
import { touch } from "./plugins/touch";
import type { ChartSpec, Line, Reading } from "./spec";
import { cool, heat } from "./sync";
import { rangeOf, resetZoom, zoomTo } from "./view";

/** Values of the lines at an index; those without one are left out. */
export function readLines(lines: Line[], index: number, u: uPlot): Reading[] {
  return lines.flatMap((line, i) => {
    const value = (u.data[i + 1] as (number | null)[])[index];
    if (value === null || value === undefined || u.series[i + 1]?.show === false) return [];
    return [{ color: line.color, label: line.label, value: line.format(value) }];
  });
}

const xRange = (spec: ChartSpec): readonly [number, number] =>
  spec.time ? rangeOf(get()) : (spec.xRange?.() ?? [0, 1]);

/**
 * A uPlot chart in a box of the page. It is made when the box has its size,
 * so that many charts cost one layout, and drawn while it is in sight.
 */
export class Plot {
  u: uPlot | null = null;
  private width = 0;
  private height = 0;
  private near = true;
  private stale = false;
  private hidden: ReadonlySet<string> = new Set();
  private readonly resize: ResizeObserver;
  private readonly sight: IntersectionObserver;

  constructor(
    private readonly box: HTMLElement,
    private readonly aside: () => HTMLElement | null,
    private spec: ChartSpec,
    private data: uPlot.AlignedData,
  ) {
    this.resize = new ResizeObserver(([entry]) => {
      const { width = 0, height = 0 } = entry?.contentRect ?? {};
      if (width > 0 && height > 0) this.fit(Math.floor(width), Math.floor(height));
    });
    this.resize.observe(box);
    this.sight = new IntersectionObserver(
      (entries) => {
        this.near = entries.at(-1)?.isIntersecting ?? true;
        if (this.near && this.stale) this.draw();
      },
      { rootMargin: "150px" },
    );
    this.sight.observe(box);
  }

  destroy(): void {
    this.resize.disconnect();
    this.sight.disconnect();
    this.u?.destroy();
    this.u = null;
  }

  /** Takes new data, and a spec that draws alike. */
  update(spec: ChartSpec, data: uPlot.AlignedData): void {
    this.spec = spec;
    this.data = data;
    if (this.near) this.draw();
    else this.stale = true;
  }

  /** Draws anew from the start: another spec, or other colours. */
  rebuild(spec: ChartSpec, data: uPlot.AlignedData): void {
    this.spec = spec;
    this.data = data;
    if (this.width > 0) this.make();
  }

  /** Shows all lines but these. */
  hide(hidden: ReadonlySet<string>): void {
    this.hidden = hidden;
    this.spec.lines.forEach((line, i) => {
      const show = !hidden.has(line.key);
      if (this.u && this.u.series[i + 1]?.show !== show) this.u.setSeries(i + 1, { show });
    });
  }

  /** The chart with its newest data, also when it is out of sight. */
  current(): uPlot | null {
    if (this.stale) this.draw();
    return this.u;
  }

  title(index: number): string {
    return (this.spec.xFormat ?? clock)(this.u?.data[0][index] as number);
  }

  read(index: number): Reading[] {
    if (!this.u) return [];
    return this.spec.read?.(index, this.u) ?? readLines(this.spec.lines, index, this.u);
  }

  private fit(width: number, height: number): void {
    const same = width === this.width && height === this.height;
    this.width = width;
    this.height = height;
    if (!this.u) this.make();
    else if (!same) this.u.setSize({ width, height });
  }

  private make(): void {
    this.u?.destroy();
    const { spec } = this;
    const tip = tooltip({
      className: css["tip"] ?? "",
      title: (i) => this.title(i),
      read: (i) => this.read(i),
      aside: this.aside,
    });
    const plugins = [...(spec.plugins?.() ?? []), tip, ...(spec.time ? [touch()] : [])];
    const size = { width: this.width, height: this.height };
    this.u = new uPlot(
      optionsOf(spec, () => xRange(this.spec), size, plugins),
      this.data,
      this.box,
    );
    this.stale = false;
    listen(this.u, spec.time);
    this.hide(this.hidden);
  }

  private draw(): void {
    const { u } = this;
    this.stale = false;
    if (!u) return;
    const [min, max] = xRange(this.spec);
    u.batch(() => {
      u.setData(this.data, false);
      u.setScale("x", { min, max });
    });
  }
}

function listen(u: uPlot, time: boolean): void {
  const { over } = u;
  let from = 0;
  over.addEventListener("mouseenter", () => heat(u, true));
  over.addEventListener("mouseleave", () => cool(u));
  const begin = (): void => {
    heat(u, true);
    from = performance.now();
  };
  // uPlot's own listener is between these two; all charts have moved by then.
  over.addEventListener("mousemove", begin, { capture: true });
  over.addEventListener("mousemove", () => record("hoverMs", performance.now() - from));
  if (!time) return;
  const select = (): void => {
    const { left, width } = u.select;
    if (width > 4) zoomTo(u.posToVal(left, "x"), u.posToVal(left + width, "x"));
    u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
  };
  u.hooks.setSelect = [select];
  over.addEventListener("dblclick", resetZoom);
}
