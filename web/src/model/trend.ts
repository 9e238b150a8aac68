import type { Values } from "./derive";

export interface Trend {
  shape: "▲" | "▼" | "●";
  word: string;
  tone: "good" | "bad" | "flat";
}

// The one in the middle: many of these values are percentiles, which have no mean.
const typical = (values: Values): number | null => {
  const known = values.filter((v) => v !== null).sort((a, b) => a - b);
  return known[known.length >> 1] ?? null;
};

/** The last stretch against the one before it, as a share; null if unknown. */
export function change(values: Values, recent = 8, before = 24): number | null {
  const now = typical(values.slice(-recent));
  const then = typical(values.slice(-recent - before, -recent));
  if (now === null || then === null || values.length < recent + 4) return null;
  if (then === 0) return now === 0 ? 0 : Number.POSITIVE_INFINITY;
  return now / then - 1;
}

export function peak(values: Values): { value: number; index: number } | null {
  let best: { value: number; index: number } | null = null;
  values.forEach((value, index) => {
    if (value !== null && (best === null || value > best.value)) best = { value, index };
  });
  return best;
}

// Less than this is noise of a steady run.
const STEADY = 0.08;

/** Where something is going that is better the lower it is. */
export function lowerIsBetter(values: Values): Trend | null {
  const by = change(values);
  if (by === null) return null;
  if (Math.abs(by) < STEADY) return { shape: "●", word: "steady", tone: "flat" };
  if (by > 0) return { shape: "▲", word: "rising", tone: "bad" };
  const top = peak(values)?.value ?? 0;
  const now = typical(values.slice(-8)) ?? 0;
  return { shape: "▼", word: top > now * 2 ? "recovering" : "falling", tone: "good" };
}

/** How near something is to what it should be. */
export function onTarget(now: number | null, target: number | null): Trend | null {
  if (now === null || target === null) return null;
  if (target === 0) return now === 0 ? { shape: "●", word: "on target", tone: "good" } : null;
  const share = now / target;
  if (Math.abs(share - 1) <= 0.02 || Math.abs(now - target) < 1) return { shape: "●", word: "on target", tone: "good" };
  return share < 1
    ? { shape: "▼", word: "below target", tone: share < 0.9 ? "bad" : "flat" }
    : { shape: "▲", word: "above target", tone: "flat" };
}

/** Where something is going that is neither good nor bad. */
export function direction(values: Values): Trend | null {
  const by = change(values);
  if (by === null) return null;
  if (Math.abs(by) < STEADY) return { shape: "●", word: "steady", tone: "flat" };
  return by > 0 ? { shape: "▲", word: "rising", tone: "flat" } : { shape: "▼", word: "falling", tone: "flat" };
}
