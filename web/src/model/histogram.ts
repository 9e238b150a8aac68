// The buckets of docs/run-format.md: 128 an octave, in nanoseconds. Cells take
// eight of them, so a cell's bounds are bucket bounds too.

/** Lower bound of bucket i, in nanoseconds. */
export function low(i: number): number {
  return i < 128 ? 4 * i : ((i % 128) + 128) * 2 ** (Math.floor(i / 128) + 1);
}

/** Lower bound of cell bucket c, in nanoseconds. */
export const cellLow = (c: number): number => low(8 * c);

/** What lies in the middle of a bucket is what its values are shown as. */
const middle = (from: number, to: number): number => (from + to) / 2;

/** Counts by bucket; size 1 is buckets, size 8 cells. Times out are in ms. */
export class Histogram {
  counts = new Float64Array(0);
  total = 0;

  constructor(readonly size: 1 | 8 = 1) {}

  add(bucket: number, count: number): void {
    if (bucket >= this.counts.length) {
      const wider = new Float64Array(Math.max(bucket + 64, this.counts.length * 2));
      wider.set(this.counts);
      this.counts = wider;
    }
    this.counts[bucket] = (this.counts[bucket] as number) + count;
    this.total += count;
  }

  merge(other: Histogram): void {
    const { counts } = other;
    for (let i = 0; i < counts.length; i++) {
      const n = counts[i] as number;
      if (n !== 0) this.add(i, n);
    }
  }

  /** Adds pairs (gap, count), as the stream writes them. */
  addPairs(pairs: ArrayLike<number>): void {
    let bucket = -1;
    for (let i = 0; i + 1 < pairs.length; i += 2) {
      bucket += 1 + (pairs[i] as number);
      this.add(bucket, pairs[i + 1] as number);
    }
  }

  private value(bucket: number): number {
    return middle(low(bucket * this.size), low((bucket + 1) * this.size)) / 1e6;
  }

  /** The value at a share p, or null where fewer than ten lie above it. */
  quantile(p: number): number | null {
    if (this.total * (1 - p) < 10 - 1e-6) return null;
    const rank = Math.max(1, Math.ceil(p * this.total - 1e-6));
    let seen = 0;
    for (let i = 0; i < this.counts.length; i++) {
      seen += this.counts[i] as number;
      if (seen >= rank - 1e-6) return this.value(i);
    }
    return null;
  }

  /** The largest value there is, or null. */
  max(): number | null {
    for (let i = this.counts.length - 1; i >= 0; i--) if ((this.counts[i] as number) > 0) return this.value(i);
    return null;
  }

  /**
   * The curve of the percentiles on an axis of nines: x = -log10(1 - p), one
   * point a bucket, as far as ten values still lie above.
   */
  nines(): { x: number[]; y: number[] } {
    const x: number[] = [];
    const y: number[] = [];
    let seen = 0;
    for (let i = 0; i < this.counts.length; i++) {
      const n = this.counts[i] as number;
      if (n <= 0) continue;
      if (x.length === 0) {
        x.push(0);
        y.push(this.value(i));
      }
      seen += n;
      const left = this.total - seen;
      if (left < 10) break;
      x.push(-Math.log10(left / this.total));
      y.push(this.value(i));
    }
    return { x, y };
  }

  /** Reads a nines curve at x by its steps. */
  static at(curve: { x: number[]; y: number[] }, x: number): number | null {
    const last = curve.x.at(-1);
    if (last === undefined || x > last) return null;
    let lo = 0;
    let hi = curve.x.length - 1;
    while (lo < hi) {
      const mid = (lo + hi) >> 1;
      if ((curve.x[mid] as number) < x) lo = mid + 1;
      else hi = mid;
    }
    return curve.y[lo] ?? null;
  }
}
