import type uPlot from "uplot";
import { MOST_CELLS } from "../../model/cells";
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

// Rows are even on a log axis, cells are even within an octave. Where a cell
// begins, in rows, is asked for very often.
const edges: number[] = [];
function edge(c: number): number {
  for (let i = edges.length; i <= c; i++) edges.push(Math.log2(Math.max(cellLow(i), 64)) * ROWS);
  return edges[c] as number;
}

const SHADES = 127;

export interface HeatPicture {
  canvas: HTMLCanvasElement;
  /** Latencies in ms at the lower and upper edge of the picture. */
  low: number;
  high: number;
  steps: number;
}

/**
 * Paints the cells as a picture, a pixel a step and row. A run that goes on
 * changes its last step, so what was painted is kept, and colours are found
 * anew for the steps that changed.
 */
export class HeatPainter {
  private readonly canvas = document.createElement("canvas");
  private theme = "";
  private first = 0;
  private last = -1;
  private bottom = 0;
  private rows = 0;
  private most = 0;
  private scale = 0;
  private totals: number[] = [];
  private grid = new Float32Array(0);
  private colors = new Uint32Array(SHADES + 1);

  paint(steps: Histogram[]): HeatPicture | null {
    const { theme } = get();
    let fits = theme === this.theme && steps.length >= this.totals.length && steps.length <= this.canvas.width;
    const changed = steps.flatMap((h, i) => (h.total === this.totals[i] ? [] : [i]));
    for (const i of changed) {
      const { counts } = steps[i] as Histogram;
      for (let c = 0; fits && c < counts.length; c++) {
        if ((counts[c] as number) > 0 && (c < this.first || c > this.last)) fits = false;
      }
    }
    if (!fits) {
      if (!this.begin(steps)) return null;
      this.theme = theme;
    }
    const columns = fits ? changed : steps.map((_, i) => i);
    for (const i of columns) this.count(steps[i] as Histogram, i);
    this.totals = steps.map((h) => h.total);
    // A little more than before is no reason to paint all of it again.
    const again = Math.log1p(this.most) > this.scale * 1.01;
    if (again) this.scale = Math.log1p(this.most);
    if (again || !fits) this.color(0, steps.length);
    else for (const i of columns) this.color(i, i + 1);
    const edge = (row: number): number => 2 ** (row / ROWS) / 1e6;
    return { canvas: this.canvas, low: edge(this.bottom), high: edge(this.bottom + this.rows), steps: steps.length };
  }

  /** Starts over, with room for more steps. */
  private begin(steps: Histogram[]): boolean {
    this.first = Number.POSITIVE_INFINITY;
    this.last = -1;
    for (const { counts } of steps) {
      for (let c = 0; c < counts.length; c++) {
        if ((counts[c] as number) <= 0) continue;
        if (c < this.first) this.first = c;
        if (c > this.last) this.last = c;
      }
    }
    if (this.last < 0) return false;
    this.bottom = Math.floor(edge(this.first));
    this.rows = Math.max(1, Math.ceil(edge(this.last + 1)) - this.bottom);
    this.canvas.width = Math.max(MOST_CELLS, steps.length) + 1;
    this.canvas.height = this.rows;
    this.grid = new Float32Array(this.canvas.width * this.rows);
    this.most = this.scale = 0;
    // Pixels are written as one number each.
    for (let i = 0; i <= SHADES; i++) {
      const [r, g, b] = rampAt(i / SHADES);
      this.colors[i] = (255 << 24) | (b << 16) | (g << 8) | r;
    }
    return true;
  }

  /** Shares the cells of a step out to rows. */
  private count({ counts }: Histogram, at: number): void {
    const { rows, grid, bottom } = this;
    const from0 = at * rows;
    grid.fill(0, from0, from0 + rows);
    for (let c = this.first; c <= Math.min(this.last, counts.length - 1); c++) {
      const n = counts[c] as number;
      if (n <= 0) continue;
      const from = edge(c) - bottom;
      const to = Math.max(edge(c + 1) - bottom, from + 1e-6);
      for (let row = Math.max(0, Math.floor(from)); row < to && row < rows; row++) {
        const share = (Math.min(to, row + 1) - Math.max(from, row)) / (to - from);
        const sum = (grid[from0 + row] as number) + n * share;
        grid[from0 + row] = sum;
        if (sum > this.most) this.most = sum;
      }
    }
  }

  private color(from: number, to: number): void {
    const ctx = this.canvas.getContext("2d");
    if (!ctx || to <= from) return;
    const { rows, grid } = this;
    const width = to - from;
    const image = ctx.createImageData(width, rows);
    const pixels = new Uint32Array(image.data.buffer);
    for (let at = from; at < to; at++) {
      for (let row = 0; row < rows; row++) {
        const n = grid[at * rows + row] as number;
        if (n < 0.05) continue;
        const shade = Math.min(SHADES, Math.round((Math.log1p(n) / this.scale) * SHADES));
        pixels[(rows - 1 - row) * width + at - from] = this.colors[shade] as number;
      }
    }
    ctx.putImageData(image, from, 0);
  }
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
        // Around the points in time, as the crosshair takes the nearest one.
        const x0 = u.valToPos(-width() / 2, "x", true);
        const x1 = u.valToPos((p.steps - 0.5) * width(), "x", true);
        const y0 = u.valToPos(p.high, "y", true);
        const y1 = u.valToPos(p.low, "y", true);
        ctx.save();
        ctx.beginPath();
        ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
        ctx.clip();
        ctx.imageSmoothingEnabled = false;
        ctx.drawImage(p.canvas, 0, 0, p.steps, p.canvas.height, x0, y0, x1 - x0, y1 - y0);
        ctx.restore();
      },
    },
  };
}
