import type uPlot from "uplot";
import type { RunEvent } from "../../model/schema";
import { color } from "../../ui/theme";

/** Colour token of an event. */
export function eventColor(e: RunEvent): string {
  if (e.kind === "threshold") return e.passed ? "--ok" : "--bad";
  if (e.kind === "annotation") return "--info";
  return e.kind === "users" ? "--ember" : "--ghost";
}

/** Events that are worth a line across the charts. */
export const marked = (e: RunEvent): boolean => e.at_s > 0 && e.kind !== "message";

const MOST = 200;

/** A dashed line with a flag for each event. */
export function annotations(events: () => RunEvent[]): uPlot.Plugin {
  return {
    hooks: {
      draw: (u) => {
        const { ctx, bbox } = u;
        const r = devicePixelRatio;
        ctx.save();
        ctx.lineWidth = r;
        for (const e of events().filter(marked).slice(-MOST)) {
          const x = Math.round(u.valToPos(e.at_s, "x", true)) + 0.5;
          if (x < bbox.left || x > bbox.left + bbox.width) continue;
          ctx.strokeStyle = ctx.fillStyle = color(eventColor(e));
          ctx.globalAlpha = 0.6;
          ctx.setLineDash([3 * r, 3 * r]);
          ctx.beginPath();
          ctx.moveTo(x, bbox.top);
          ctx.lineTo(x, bbox.top + bbox.height);
          ctx.stroke();
          ctx.globalAlpha = 1;
          ctx.beginPath();
          ctx.moveTo(x - 4 * r, bbox.top - 7 * r);
          ctx.lineTo(x + 4 * r, bbox.top - 7 * r);
          ctx.lineTo(x, bbox.top - r);
          ctx.fill();
        }
        ctx.restore();
      },
    },
  };
}
