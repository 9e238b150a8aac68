import type uPlot from "uplot";

export interface Line {
  key: string;
  label: string;
  /** Colour token. */
  color: string;
  dash?: "target" | "ghost";
  width?: number;
  /** A gradient below the line, up to this opacity. */
  area?: number;
  /** No line of its own: a plugin draws it. */
  drawn?: boolean;
  /** Shape of its sign in the legend. */
  sign?: "line" | "square" | "dash";
  format: (value: number) => string;
}

export interface Band {
  upper: string;
  lower: string;
  color: string;
  alpha: number;
}

export interface YAxis {
  format: (value: number) => string;
  range: (min: number | null, max: number | null) => [number, number];
  log?: boolean;
  splits?: (u: uPlot, min: number, max: number) => number[];
  size?: number;
}

/** One entry of a readout at the crosshair. */
export interface Reading {
  color?: string;
  label: string;
  value: string;
}

/**
 * How a chart is drawn. Specs with the same key draw alike: only then is a
 * chart kept when its data changes.
 */
export interface ChartSpec {
  key: string;
  /** Shares the crosshair and the zoom of all charts over time. */
  time: boolean;
  lines: Line[];
  bands?: Band[];
  y: YAxis;
  xRange?: () => [number, number];
  xSplits?: (u: uPlot) => number[];
  xFormat?: (value: number) => string;
  plugins?: () => uPlot.Plugin[];
  /** What the readout says beside the lines, or instead of them. */
  read?: (index: number, u: uPlot) => Reading[];
}

// Steps of 1, 2 and 5 that leave room for their labels.
const logSteps = [[1, 2, 5], [1, 3], [1]] as const;

export function logSplits(u: uPlot, min: number, max: number): number[] {
  const room = Math.max(2, Math.floor(u.bbox.height / devicePixelRatio / 24));
  for (const steps of logSteps) {
    const out: number[] = [];
    for (let e = Math.floor(Math.log10(min)); e <= Math.ceil(Math.log10(max)); e++) {
      for (const s of steps) {
        const v = s * 10 ** e;
        if (v >= min * 0.999 && v <= max * 1.001) out.push(v);
      }
    }
    if (out.length <= room || steps.length === 1) return out;
  }
  return [];
}

/** From 0 to a little above the highest value. */
export const fromZero =
  (least: number) =>
  (_: number | null, max: number | null): [number, number] => [0, Math.max(least, (max ?? 0) * 1.1)];

/** The step of 1, 2, 5, 10 that is at most v, and the one after it. */
function stepsAround(v: number): [number, number] {
  const power = 10 ** Math.floor(Math.log10(v));
  const m = v / power;
  const [step, next] = m >= 5 ? [5, 10] : m >= 2 ? [2, 5] : [1, 2];
  return [step * power, next * power];
}

/** The 1-2-5 steps around the values. */
export function logRange(min: number | null, max: number | null): [number, number] {
  if (min === null || max === null || min <= 0) return [1, 1000];
  const [low] = stepsAround(min * 0.9);
  const top = max * 1.15;
  const [step, next] = stepsAround(top);
  const high = step >= top * 0.999 ? step : next;
  return [low, Math.max(high, low * 10)];
}

const timeSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];

/** Whole minutes and the like, as many as fit. */
export function timeSplits(u: uPlot): number[] {
  const { min = 0, max = 1 } = u.scales["x"] ?? {};
  const from = min ?? 0;
  const to = max ?? 1;
  const fit = Math.max(2, u.width / 80);
  const step = timeSteps.find((s) => (to - from) / s <= fit) ?? 86_400;
  const out: number[] = [];
  for (let v = Math.ceil(from / step) * step; v <= to; v += step) out.push(v);
  return out;
}
