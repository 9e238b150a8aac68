const FIRST = 500;
const LONGEST = 10_000;

/**
 * How long to wait before attempt n (from 1), in ms: twice as long each time,
 * and not all pages at once when a server comes back.
 */
export function backoff(attempt: number, random: () => number = Math.random): number {
  const full = Math.min(LONGEST, FIRST * 2 ** (attempt - 1));
  return full * (0.75 + 0.25 * random());
}
