import type uPlot from "uplot";
import { heat, moveTo } from "../sync";
import { zoomAround } from "../view";

/**
 * Keys on a focused chart: arrows move the crosshair, with Shift ten steps,
 * Home and End to the ends, + and - zoom around it. Says whether it was one.
 */
export function handleKey(u: uPlot, e: React.KeyboardEvent, time: boolean): boolean {
  // Those are the browser's: back, its own zoom, the ends of the page.
  if (e.ctrlKey || e.metaKey || e.altKey) return false;
  const { min = 0, max = 0 } = u.scales["x"] ?? {};
  const x = u.data[0];
  const from = x.findIndex((v) => (v as number) >= (min ?? 0));
  let to = x.length - 1;
  while (to > 0 && (x[to] as number) > (max ?? 0)) to--;
  if (from < 0) return false;
  const now = u.cursor.idx ?? (e.key === "ArrowRight" ? from - 1 : to + 1);
  const step = e.shiftKey ? 10 : 1;
  let next = now;
  if (e.key === "ArrowLeft") next = now - step;
  else if (e.key === "ArrowRight") next = now + step;
  else if (e.key === "Home") next = from;
  else if (e.key === "End") next = to;
  else if (time && (e.key === "+" || e.key === "=" || e.key === "-")) {
    const at = (x[Math.min(Math.max(now, from), to)] as number | undefined) ?? 0;
    zoomAround(at, e.key === "-" ? 2 : 0.5);
    return true;
  } else return false;
  next = Math.min(Math.max(next, from), to);
  heat(u);
  moveTo(u, u.valToPos(x[next] as number, "x"));
  return true;
}
