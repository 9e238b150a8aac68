import type uPlot from "uplot";
import { cellLow, type Histogram } from "../../model/histogram";
import { get } from "../../store";

type Stop = readonly [number, number, number];

// From the card's own ground to ember and on: dark to bright, bright to dark,
// so that brightness alone tells few from many.
const ramps: Record<"dark" | "light", readonly Stop[]> = {
  dark: [
    [34, 22, 56],
    [74, 26, 88],
    [126, 32, 92],
    [188, 48, 66],
    [240, 104, 40],
    [252, 176, 52],
    [255, 241, 150],
  ],
  light: [
    [255, 240, 222],
    [255, 214, 166],
    [252, 170, 104],
    [238, 116, 60],
    [204, 62, 44],
    [146, 30, 52],
    [82, 12, 52],
  ],
};

/** The colour of a share of the most, 0 to 1. */
export function rampAt(share: number): Stop {
  const stops = ramps[get().theme];
  const x = Math.min(0.9999, Math.max(0, share)) * (stops.length - 1);
  const i = Math.floor(x);
  const a = stops[i] as Stop;
  const b = stops[i + 1] as Stop;
  const mix = (k: 0 | 1 | 2): number => Math.round(a[k] + (b[k] - a[k]) * (x - i));
  return [mix(0), mix(1), mix(2)];
}

/** Rows of the picture an octave: half as fine as the cells. */
const ROWS = 8;

/** Rows are even on a log axis, cells are even within an octave. */
const rowOf = (ns: number): number => Math.log2(Math.max(ns, 64)) * ROWS;

export interface HeatPicture {
  canvas: HTMLCanvasElement;
  /** Latencies in ms at the lower and upper edge of the picture. */
  low: number;
  high: number;
  steps: number;
}

/** The cells as a picture, a pixel a step and row. */
export function paint(steps: Histogram[]): HeatPicture | null {
  let first = Number.POSITIVE_INFINITY;
  let last = -1;
  for (const h of steps) {
    for (let c = 0; c < h.counts.length; c++) {
      if ((h.counts[c] as number) <= 0) continue;
      if (c < first) first = c;
      if (c > last) last = c;
    }
  }
  if (last < 0) return null;
  const bottom = Math.floor(rowOf(cellLow(first)));
  const rows = Math.max(1, Math.ceil(rowOf(cellLow(last + 1))) - bottom);
  const grid = new Float64Array(rows * steps.length);
  let most = 0;
  steps.forEach((h, at) => {
    for (let c = first; c <= Math.min(last, h.counts.length - 1); c++) {
      const n = h.counts[c] as number;
      if (n <= 0) continue;
      const from = rowOf(cellLow(c)) - bottom;
      const to = Math.max(rowOf(cellLow(c + 1)) - bottom, from + 1e-6);
      for (let row = Math.max(0, Math.floor(from)); row < to && row < rows; row++) {
        const share = (Math.min(to, row + 1) - Math.max(from, row)) / (to - from);
        const k = row * steps.length + at;
        grid[k] = (grid[k] as number) + n * share;
        most = Math.max(most, grid[k] as number);
      }
    }
  });
  const canvas = document.createElement("canvas");
  canvas.width = steps.length;
  canvas.height = rows;
  const ctx = canvas.getContext("2d");
  if (!ctx) return null;
  const image = ctx.createImageData(steps.length, rows);
  const scale = Math.log1p(most);
  for (let row = 0; row < rows; row++) {
    for (let at = 0; at < steps.length; at++) {
      const n = grid[row * steps.length + at] as number;
      if (n < 0.05) continue;
      const k = ((rows - 1 - row) * steps.length + at) * 4;
      const [r, g, b] = rampAt(Math.log1p(n) / scale);
      image.data.set([r, g, b, 255], k);
    }
  }
  ctx.putImageData(image, 0, 0);
  return { canvas, low: 2 ** (bottom / ROWS) / 1e6, high: 2 ** ((bottom + rows) / ROWS) / 1e6, steps: steps.length };
}

/** Draws the picture where its times and latencies are. */
export function heatmap(picture: () => HeatPicture | null, width: () => number): uPlot.Plugin {
  return {
    hooks: {
      // Above the grid, below events.
      drawAxes: (u) => {
        const p = picture();
        if (!p) return;
        const { ctx, bbox } = u;
        const x0 = u.valToPos(0, "x", true);
        const x1 = u.valToPos(p.steps * width(), "x", true);
        const y0 = u.valToPos(p.high, "y", true);
        const y1 = u.valToPos(p.low, "y", true);
        ctx.save();
        ctx.beginPath();
        ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
        ctx.clip();
        ctx.imageSmoothingEnabled = false;
        ctx.drawImage(p.canvas, x0, y0, x1 - x0, y1 - y0);
        ctx.restore();
      },
    },
  };
}
