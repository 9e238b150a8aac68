import { low } from "../model/histogram";
import type { Latency } from "../model/schema";

/** The bucket a value in nanoseconds falls in. */
export function bucketOf(ns: number): number {
  if (ns < 256 * 2) return Math.min(127, Math.floor(ns / 4));
  const octave = Math.floor(Math.log2(ns)) - 8;
  let i = octave * 128 + Math.floor(ns / 2 ** (octave + 1)) - 128;
  while (low(i + 1) <= ns) i++;
  while (low(i) > ns) i--;
  return i;
}

/** Counts as pairs (gap, count). */
export const pairsOf = (counts: Map<number, number>): number[] => {
  const out: number[] = [];
  let last = -1;
  for (const b of [...counts.keys()].sort((p, q) => p - q)) {
    out.push(b - last - 1, counts.get(b) as number);
    last = b;
  }
  return out;
};

/** What a page says of counts; size 1 is buckets, 8 cells. */
export function latencyOf(counts: Map<number, number>, size: number): Latency {
  const keys = [...counts.keys()].sort((p, q) => p - q);
  let total = 0;
  let sum = 0;
  const mid = (b: number): number => (low(b * size) + low((b + 1) * size)) / 2e6;
  for (const b of keys) {
    total += counts.get(b) as number;
    sum += (counts.get(b) as number) * mid(b);
  }
  const q = (p: number): number | null => {
    if (total * (1 - p) < 10) return null;
    let seen = 0;
    for (const b of keys) {
      seen += counts.get(b) as number;
      if (seen >= p * total) return mid(b);
    }
    return null;
  };
  const first = keys[0];
  const last = keys.at(-1);
  return {
    count: total,
    min: first === undefined ? null : mid(first),
    mean: total ? sum / total : null,
    max: last === undefined ? null : mid(last),
    p50: q(0.5),
    p75: q(0.75),
    p90: q(0.9),
    p95: q(0.95),
    p99: q(0.99),
    p999: q(0.999),
  };
}

export const addTo = (into: Map<number, number>, key: number, n: number): void => {
  into.set(key, (into.get(key) ?? 0) + n);
};
