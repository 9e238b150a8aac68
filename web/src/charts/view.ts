import type { RunModel } from "../model/run";
import { get, type State, set } from "../store";

export type Range = readonly [number, number];

/** The stretch of time that all charts show. */
export function rangeOf(s: Pick<State, "model" | "zoom" | "recent">): Range {
  const end = s.model?.end ?? 1;
  if (s.zoom) return s.zoom;
  return s.recent > 0 && end > s.recent ? [end - s.recent, end] : [0, end];
}

// Never closer than a few buckets: below there is nothing to see.
const closest = (model: RunModel): number => model.width * 3;

/** Shows from..to in every chart; all of it if that is what it is. */
export function zoomTo(from: number, to: number): void {
  const { model } = get();
  if (!model) return;
  const end = model.end;
  let a = Math.max(0, Math.min(from, to));
  let b = Math.min(end, Math.max(from, to));
  const least = Math.min(closest(model), end);
  if (b - a < least) {
    const middle = Math.min(Math.max((a + b) / 2, least / 2), end - least / 2);
    a = middle - least / 2;
    b = middle + least / 2;
  }
  set({ zoom: a <= 0 && b >= end ? null : [a, b] });
}

/** Zooms around a moment; a factor below 1 is closer. */
export function zoomAround(at: number, factor: number): void {
  const [a, b] = rangeOf(get());
  zoomTo(at - (at - a) * factor, at + (b - at) * factor);
}

export const resetZoom = (): void => set({ zoom: null, recent: 0 });
