import type uPlot from "uplot";
import { color } from "../../ui/theme";

/**
 * Bars on top of each other. Series 1 to n are running sums; a column of
 * pixels shows the highest bucket in it, so that no burst is too short to see.
 * A bar stands around its point in time, as the crosshair takes the nearest one.
 */
export function stack(colors: string[]): uPlot.Plugin {
  return {
    hooks: {
      // Below lines: those of another run.
      drawAxes: (u) => {
        const { ctx, bbox, data } = u;
        const x = data[0];
        const n = x.length;
        if (n === 0 || colors.length === 0) return;
        const step = n > 1 ? (x[1] as number) - (x[0] as number) : 1;
        const shown = colors.map((_, k) => u.series[k + 1]?.show !== false);
        const [from, to] = u.series[0]?.idxs ?? [0, n - 1];
        ctx.save();
        ctx.beginPath();
        ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
        ctx.clip();
        const top = data[colors.length] as (number | null)[];
        const left = (k: number, more = 0): number =>
          Math.round(u.valToPos((x[k] as number) - step / 2 + more, "x", true));
        let i = from;
        while (i <= to) {
          const x0 = left(i);
          let best = i;
          let j = i + 1;
          while (j <= to && left(j) <= x0) {
            if ((top[j] ?? 0) > (top[best] ?? 0)) best = j;
            j++;
          }
          const x1 = left(j - 1, step);
          bar(u, data, colors, shown, best, x0, Math.max(x1 - x0 - (x1 - x0 > 5 ? 1 : 0), 1));
          i = j;
        }
        ctx.restore();
      },
    },
  };
}

function bar(
  u: uPlot,
  data: uPlot.AlignedData,
  colors: string[],
  shown: boolean[],
  i: number,
  x: number,
  w: number,
): void {
  let base = 0;
  let below = 0;
  for (let k = 0; k < colors.length; k++) {
    const sum = (data[k + 1] as (number | null)[])[i] ?? below;
    const own = sum - below;
    below = sum;
    if (own <= 0 || !shown[k]) continue;
    const y0 = u.valToPos(base, "y", true);
    const y1 = Math.min(u.valToPos(base + own, "y", true), y0 - 1);
    u.ctx.fillStyle = color(colors[k] as string);
    u.ctx.fillRect(x, y1, w, y0 - y1);
    base += own;
  }
}
