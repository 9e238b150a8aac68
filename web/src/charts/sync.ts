import type uPlot from "uplot";

// The chart that the pointer, the finger or the keyboard is on: it has the
// tooltip, all others follow its crosshair.
let hot: uPlot | null = null;
let pointed = false;

export const isHot = (u: uPlot): boolean => hot === u;

/** Whether the crosshair of a chart has a height that somebody chose: keys and fingers only choose a time. */
export const isPointed = (u: uPlot): boolean => pointed && hot === u;

export function heat(u: uPlot, pointer = false): void {
  hot = u;
  pointed = pointer;
}

/** Lets go of a chart, and takes the crosshair away. */
export function cool(u: uPlot): void {
  if (hot !== u) return;
  moveTo(u, -10);
  hot = null;
}

/** Puts the crosshair of all charts at x pixels of this one. */
export function moveTo(u: uPlot, left: number): void {
  // The third argument, to tell the other charts, is missing in the types.
  (u.setCursor as (at: { left: number; top: number }, fire: boolean, tell: boolean) => void)(
    { left, top: left < 0 ? -10 : 20 },
    true,
    true,
  );
}
