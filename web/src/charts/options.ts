import type uPlot from "uplot";
import { clock } from "../ui/format";
import { color, faded } from "../ui/theme";
import type { ChartSpec, Line } from "./spec";
import { timeSplits } from "./spec";

export const FONT = '11px "Inter Variable", system-ui, sans-serif';
export const BOLD = '600 10.5px "Inter Variable", system-ui, sans-serif';
export const SYNC = "run";

/** A font for a canvas, whose pixels are not CSS pixels. */
export const scaled = (font: string): string =>
  font.replace(/[\d.]+px/, (px) => `${Number.parseFloat(px) * devicePixelRatio}px`);

const nothing: uPlot.Series.PathBuilder = () => null;

function gradient(token: string, alpha: number): (u: uPlot) => CanvasGradient | string {
  return (u) => {
    const { top, height } = u.bbox;
    if (!Number.isFinite(top) || height <= 0) return "transparent";
    const g = u.ctx.createLinearGradient(0, top, 0, top + height);
    g.addColorStop(0, faded(token, alpha));
    g.addColorStop(1, faded(token, 0.015));
    return g;
  };
}

/** Values between gaps: a line has no length there, so each is a point. */
function loners(u: uPlot, index: number, _show: boolean, gaps?: null | number[][]): number[] | null {
  const values = u.data[index] ?? [];
  const last = values.length - 1;
  if (last > 0 && !gaps?.length && (values[0] ?? null) !== null && (values[last] ?? null) !== null) return null;
  const found: number[] = [];
  for (let i = 0; i <= last; i++) {
    if ((values[i] ?? null) === null) continue;
    if ((values[i - 1] ?? null) === null && (values[i + 1] ?? null) === null) found.push(i);
  }
  return found.length > 0 ? found : null;
}

function seriesOf(line: Line): uPlot.Series {
  const series: uPlot.Series = {
    label: line.label,
    stroke: color(line.color),
    width: line.width ?? (line.dash ? 1.25 : 1.75),
    points: { show: false, filter: loners, size: 5, width: 0, fill: color(line.color) },
    spanGaps: false,
  };
  if (line.dash) series.dash = line.dash === "target" ? [6, 4] : [2, 3];
  if (line.area) series.fill = gradient(line.color, line.area);
  if (line.drawn) {
    series.paths = nothing;
    series.points = { show: false };
  }
  return series;
}

/** uPlot's options for a spec. */
export function optionsOf(
  spec: ChartSpec,
  range: () => readonly [number, number],
  size: { width: number; height: number },
  plugins: uPlot.Plugin[],
): uPlot.Options {
  const axis: uPlot.Axis = {
    stroke: color("--muted"),
    font: FONT,
    ticks: { show: false },
    gap: 6,
  };
  const index = (key: string): number => spec.lines.findIndex((l) => l.key === key) + 1;
  return {
    ...size,
    padding: [14, 24, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      points: { size: 7, width: 1.5, show: !spec.lines.every((l) => l.drawn) },
      drag: { x: spec.time, y: false, setScale: false, dist: 4 },
      ...(spec.time ? { sync: { key: SYNC, scales: ["x", null] } } : {}),
    },
    scales: {
      x: {
        time: false,
        range: () => [...range()] as [number, number],
      },
      y: {
        ...(spec.y.log ? { distr: 3 as const } : {}),
        range: (_u, min, max) => spec.y.range(min ?? null, max ?? null),
      },
    },
    axes: [
      {
        ...axis,
        size: 26,
        grid: spec.time ? { show: false } : { stroke: color("--grid"), width: 1 },
        splits: spec.xSplits ?? timeSplits,
        values: (_u, v) => v.map(spec.xFormat ?? clock),
      },
      {
        ...axis,
        size: spec.y.size ?? 54,
        space: 32,
        grid: { stroke: color("--grid"), width: 1 },
        filter: (_u, s) => s,
        ...(spec.y.splits ? { splits: (u, _i, min, max) => spec.y.splits?.(u, min, max) ?? [] } : {}),
        values: (_u, v) => v.map((x) => (x === null ? "" : spec.y.format(x))),
      },
    ],
    series: [{}, ...spec.lines.map(seriesOf)],
    bands: (spec.bands ?? []).map((b) => ({
      series: [index(b.upper), index(b.lower)],
      fill: faded(b.color, b.alpha),
    })),
    plugins,
  };
}
