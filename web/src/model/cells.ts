import { VarintReader } from "../codec/varint";
import { Histogram } from "./histogram";

/** How many cells there are at most; one more, and two become one. */
export const MOST_CELLS = 300;

// Rows may be sent again while a late worker's share comes in. This many of the
// latest are kept apart, so that a new one can take the place of the old.
const REMEMBERED = 64;

/** What a row said of a bucket. */
interface Told {
  heat: Record<string, number[]>;
  /** By name, how many of these requests came with the page; most have none. */
  paged: Map<number, number>;
}

/** The share of counts that is new where so many came with the page. */
function shareOf(pairs: number[], paged = 0): number {
  if (paged === 0) return 1;
  let all = 0;
  for (let i = 1; i < pairs.length; i += 2) all += pairs[i] as number;
  return all === 0 ? 1 : Math.max(0, 1 - paged / all);
}

/** Counts of neighbouring buckets: latencies of one step lie close together. */
class Stretch {
  private lo = 0;
  private counts = new Float32Array(0);

  add(bucket: number, count: number): void {
    if (this.counts.length === 0) {
      this.lo = bucket;
      this.counts = new Float32Array(16);
    } else if (bucket < this.lo) {
      const wider = new Float32Array(this.counts.length + this.lo - bucket);
      wider.set(this.counts, this.lo - bucket);
      this.lo = bucket;
      this.counts = wider;
    } else if (bucket - this.lo >= this.counts.length) {
      const wider = new Float32Array(bucket - this.lo + 16);
      wider.set(this.counts);
      this.counts = wider;
    }
    const i = bucket - this.lo;
    const n = (this.counts[i] as number) + count;
    this.counts[i] = n > 1e-6 ? n : 0;
  }

  each(visit: (bucket: number, count: number) => void): void {
    for (let i = 0; i < this.counts.length; i++) {
      const n = this.counts[i] as number;
      if (n > 0) visit(this.lo + i, n);
    }
  }
}

/** The cells of one name: those of the page as they came, and those of rows. */
interface NameCells {
  bytes: Uint8Array | null;
  at: number;
  steps: (Stretch | undefined)[];
}

/** A sum over some names that is looked at, and kept up to date. */
interface Sum {
  key: string;
  names: Set<number>;
  steps: Histogram[];
}

/** The latency histograms of all names in coarse steps of time. */
export class Cells {
  private names: NameCells[] = [];
  private readonly recent = new Map<number, Told>();
  private sums: Sum[] = [];
  private readonly pageCount: number;
  private readonly pageSpan: number;

  constructor(
    public count: number,
    /** Buckets that make a cell. */
    public span: number,
  ) {
    this.pageCount = count;
    this.pageSpan = span;
  }

  /** Takes the packed cells of the next name; returns where they end. */
  addPacked(bytes: Uint8Array, at: number): number {
    const reader = new VarintReader(bytes, at);
    for (let i = 0; i < this.pageCount; i++) reader.skip(2 * reader.next());
    this.names.push({ bytes, at, steps: [] });
    return reader.at;
  }

  /**
   * Takes the heat of a bucket. `known` says how many of a name's requests in
   * this bucket are in the cells already: they came with the page, where they
   * can't be told apart any more, so only the share that is new is added.
   */
  apply(bucket: number, heat: Record<string, number[]>, known: (name: number) => number): void {
    const old = this.recent.get(bucket);
    const paged = old?.paged ?? new Map<number, number>();
    // What was added is what goes: of a bucket of the page that is a share only.
    if (old) this.putAll(bucket, old, -1);
    else {
      for (const key in heat) {
        const had = known(Number(key));
        if (had > 0) paged.set(Number(key), had);
      }
    }
    const told = { heat, paged };
    this.putAll(bucket, told, 1);
    this.recent.set(bucket, told);
    for (const key of this.recent.keys()) if (key < bucket - REMEMBERED) this.recent.delete(key);
  }

  private putAll(bucket: number, { heat, paged }: Told, sign: 1 | -1): void {
    for (const [key, pairs] of Object.entries(heat)) {
      const name = Number(key);
      this.put(bucket, name, pairs, sign * shareOf(pairs, paged.get(name)));
    }
  }

  private put(bucket: number, index: number, pairs: number[], factor: number): void {
    while (bucket / this.span >= MOST_CELLS) this.halve();
    const at = Math.floor(bucket / this.span);
    this.count = Math.max(this.count, at + 1);
    while (this.names.length <= index) this.names.push({ bytes: null, at: 0, steps: [] });
    if (factor === 0) return;
    const steps = (this.names[index] as NameCells).steps;
    const step = steps[at] ?? new Stretch();
    steps[at] = step;
    const sums = this.sums.filter((s) => s.names.has(index));
    let cell = -1;
    for (let i = 0; i + 1 < pairs.length; i += 2) {
      cell += 1 + (pairs[i] as number);
      const count = (pairs[i + 1] as number) * factor;
      step.add(cell, count);
      for (const sum of sums) stepOf(sum.steps, at).add(cell, count);
    }
  }

  private halve(): void {
    this.span *= 2;
    this.count = Math.ceil(this.count / 2);
    this.sums = [];
    for (const name of this.names) {
      const half: (Stretch | undefined)[] = [];
      name.steps.forEach((step, i) => {
        const at = i >> 1;
        const sum = half[at] ?? new Stretch();
        half[at] = sum;
        step?.each((bucket, count) => {
          sum.add(bucket, count);
        });
      });
      name.steps = half;
    }
  }

  private each(index: number, visit: (step: number, bucket: number, count: number) => void): void {
    const name = this.names[index];
    if (!name) return;
    if (name.bytes) {
      const ratio = this.span / this.pageSpan;
      const reader = new VarintReader(name.bytes, name.at);
      for (let i = 0; i < this.pageCount; i++) {
        const at = Math.floor(i / ratio);
        let bucket = -1;
        for (let k = reader.next(); k > 0; k--) {
          bucket += 1 + reader.next();
          visit(at, bucket, reader.next());
        }
      }
    }
    name.steps.forEach((step, at) => {
      step?.each((bucket, count) => {
        visit(at, bucket, count);
      });
    });
  }

  /**
   * The histogram of each step, summed over the names. The last few sums are
   * kept and grow with the rows, so asking every second costs nothing; what is
   * asked for in passing should not push them out.
   */
  sum(names: number[], keep = true): Histogram[] {
    const key = names.join();
    let sum = this.sums.find((s) => s.key === key);
    if (!sum) {
      const steps: Histogram[] = [];
      for (const name of names) {
        this.each(name, (at, bucket, count) => {
          stepOf(steps, at).add(bucket, count);
        });
      }
      sum = { key, names: new Set(names), steps };
      if (keep) this.sums = [sum, ...this.sums.slice(0, 2)];
    }
    if (this.count > 0) stepOf(sum.steps, this.count - 1);
    return sum.steps;
  }
}

function stepOf(steps: Histogram[], at: number): Histogram {
  while (steps.length <= at) steps.push(new Histogram(8));
  return steps[at] as Histogram;
}
