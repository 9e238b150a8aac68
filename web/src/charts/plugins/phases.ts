import type uPlot from "uplot";
import type { Phase } from "../../model/schema";
import { faded } from "../../ui/theme";

/** Shades every other phase of the pattern, and the warm-up. */
export function phases(list: () => Phase[], warmup: () => number, now: () => number | null): uPlot.Plugin {
  return {
    hooks: {
      drawClear: (u) => {
        const { ctx, bbox } = u;
        const shade = (from: number, to: number, fill: string): void => {
          const x0 = Math.max(bbox.left, u.valToPos(from, "x", true));
          const x1 = Math.min(bbox.left + bbox.width, u.valToPos(to, "x", true));
          if (x1 <= x0) return;
          ctx.fillStyle = fill;
          ctx.fillRect(x0, bbox.top, x1 - x0, bbox.height);
        };
        ctx.save();
        const at = now();
        const all = list();
        // A single phase has nothing to be told from.
        if (all.length > 1)
          all.forEach((p, i) => {
            const current = at !== null && at >= p.start_s && at < p.end_s;
            if (current) shade(p.start_s, p.end_s, faded("--ember", 0.055));
            else if (i % 2 === 1) shade(p.start_s, p.end_s, faded("--fg", 0.022));
          });
        if (warmup() > 0) shade(0, warmup(), faded("--ghost", 0.14));
        ctx.restore();
      },
    },
  };
}
