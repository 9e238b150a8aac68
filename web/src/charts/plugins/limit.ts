import type uPlot from "uplot";
import { color } from "../../ui/theme";
import { BOLD, scaled } from "../options";

export interface Limit {
  value: number;
  label: string;
  failed: boolean;
}

interface Place {
  side: "left" | "right";
  y: number;
}

/** The end of a line where no other name is in the way; names of those beyond two are in the list of thresholds. */
const freeSide = (taken: Place[], y: number, room: number): Place["side"] | undefined =>
  (["left", "right"] as const).find((side) => !taken.some((t) => t.side === side && Math.abs(t.y - y) < room));

/** Lines that the values should stay below. */
export function limits(list: () => Limit[]): uPlot.Plugin {
  return {
    hooks: {
      draw: (u) => {
        const { ctx, bbox } = u;
        const r = devicePixelRatio;
        const { min = 0, max = 0 } = u.scales["y"] ?? {};
        ctx.save();
        ctx.font = scaled(BOLD);
        ctx.textBaseline = "bottom";
        const taken: Place[] = [];
        for (const limit of list()) {
          if (limit.value < (min ?? 0) || limit.value > (max ?? 0)) continue;
          const y = Math.round(u.valToPos(limit.value, "y", true)) + 0.5;
          ctx.strokeStyle = ctx.fillStyle = color(limit.failed ? "--bad" : "--muted");
          ctx.setLineDash([6 * r, 4 * r]);
          ctx.lineWidth = 1.25 * r;
          ctx.beginPath();
          ctx.moveTo(bbox.left, y);
          ctx.lineTo(bbox.left + bbox.width, y);
          ctx.stroke();
          // A halo keeps the words readable over the lines of the data.
          ctx.setLineDash([]);
          const side = freeSide(taken, y, 14 * r);
          if (!side) continue;
          taken.push({ side, y });
          ctx.textAlign = side;
          const x = side === "left" ? bbox.left + 6 * r : bbox.left + bbox.width - 6 * r;
          ctx.lineWidth = 3 * r;
          ctx.strokeStyle = color("--card");
          ctx.globalAlpha = 0.8;
          ctx.strokeText(limit.label, x, y - 3 * r);
          ctx.globalAlpha = 1;
          ctx.fillText(limit.label, x, y - 3 * r);
        }
        ctx.restore();
      },
    },
  };
}
