import type uPlot from "uplot";
import { csv, download } from "../ui/download";
import { color } from "../ui/theme";
import type { Line } from "./spec";

/** What a chart shows as a table: a column of x and one a line. */
export interface ChartTable {
  head: string[];
  rows: (number | null)[][];
}

export function tableOf(xName: string, lines: Line[], data: uPlot.AlignedData): ChartTable {
  const x = data[0] as ArrayLike<number>;
  const rows: (number | null)[][] = [];
  for (let i = 0; i < x.length; i++) {
    rows.push([x[i] as number, ...lines.map((_, k) => (data[k + 1] as (number | null)[])[i] ?? null)]);
  }
  return { head: [xName, ...lines.map((l) => l.label)], rows };
}

export function saveCsv(name: string, table: ChartTable): void {
  download(`${name}.csv`, csv(table.head, table.rows), "text/csv");
}

/** The chart as it is seen, with its title and legend, as a picture. */
export function savePng(u: uPlot, name: string, title: string, lines: Line[]): void {
  const r = devicePixelRatio;
  const source = u.ctx.canvas;
  const head = 34 * r;
  const pad = 14 * r;
  const canvas = document.createElement("canvas");
  canvas.width = source.width + 2 * pad;
  canvas.height = source.height + head + pad;
  const ctx = canvas.getContext("2d");
  if (!ctx) return;
  ctx.fillStyle = color("--card");
  ctx.fillRect(0, 0, canvas.width, canvas.height);
  ctx.textBaseline = "middle";
  ctx.font = `620 ${13.5 * r}px "Inter Variable", sans-serif`;
  ctx.fillStyle = color("--fg");
  ctx.fillText(title, pad, head * 0.6);
  ctx.font = `${11.5 * r}px "Inter Variable", sans-serif`;
  let x = canvas.width - pad;
  for (const line of [...lines].reverse()) {
    x -= ctx.measureText(line.label).width;
    ctx.fillStyle = color("--fg2");
    ctx.fillText(line.label, x, head * 0.6);
    x -= 17 * r;
    ctx.fillStyle = color(line.color);
    ctx.fillRect(x, head * 0.6 - 2 * r, 11 * r, 3 * r);
    x -= 14 * r;
  }
  ctx.drawImage(source, pad, head);
  canvas.toBlob((blob) => blob && download(`${name}.png`, blob, "image/png"), "image/png");
}
