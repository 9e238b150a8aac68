import type uPlot from "uplot";
import { heat, moveTo } from "../sync";
import { resetZoom, zoomTo } from "../view";

/**
 * One finger moves the crosshair and leaves scrolling up and down alone, two
 * zoom, two taps show everything again.
 */
export function touch(): uPlot.Plugin {
  const points = new Map<number, number>();
  let pinch: { from: number; to: number; a: number; b: number } | null = null;
  let tapped = 0;
  return {
    hooks: {
      init: (u) => {
        const { over } = u;
        over.style.touchAction = "pan-y";
        const left = (e: PointerEvent): number => e.clientX - over.getBoundingClientRect().left;
        const show = (x: number): void => {
          heat(u);
          moveTo(u, x);
        };
        over.addEventListener("pointerdown", (e) => {
          if (e.pointerType !== "touch") return;
          points.set(e.pointerId, left(e));
          if (points.size === 1) {
            if (e.timeStamp - tapped < 300) resetZoom();
            tapped = e.timeStamp;
            show(left(e));
          } else if (points.size === 2) {
            const [p, q] = [...points.values()] as [number, number];
            pinch = { from: u.posToVal(Math.min(p, q), "x"), to: u.posToVal(Math.max(p, q), "x"), a: 0, b: 0 };
          }
        });
        over.addEventListener("pointermove", (e) => {
          if (!points.has(e.pointerId)) return;
          points.set(e.pointerId, left(e));
          if (points.size === 1) show(left(e));
          else if (pinch) {
            const [p, q] = [...points.values()].sort((m, n) => m - n) as [number, number];
            if (q - p < 20) return;
            // The moments under the fingers stay under the fingers.
            const scale = (pinch.to - pinch.from) / (q - p);
            const start = pinch.from - p * scale;
            zoomTo(start, start + over.clientWidth * scale);
          }
        });
        const up = (e: PointerEvent): void => {
          points.delete(e.pointerId);
          if (points.size < 2) pinch = null;
        };
        over.addEventListener("pointerup", up);
        over.addEventListener("pointercancel", up);
      },
    },
  };
}
