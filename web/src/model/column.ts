import { VarintReader } from "../codec/varint";

/** NaN stands for "no value" in every column of the app. */
export const NONE = Number.NaN;

// Latencies can be unknown; counts and gauges are 0 where nothing was said.
const optional = /\.(p\d+|s\d+|max|mean|lag99)$/;

/** Whether a column that first appears in a row has no value before it. */
export const isOptional = (id: string): boolean => optional.test(id);

/**
 * One number a bucket. A column that came packed is unpacked when somebody
 * looks at it: of 200 names, nobody looks at most. Until then what the stream
 * says is kept beside it.
 */
export class Column {
  private data = new Float64Array(0);
  private packed: { bytes: Uint8Array; at: number; n: number } | null = null;
  private later: number[] = [];
  private length = 0;

  constructor(readonly opt: boolean) {}

  static packed(bytes: Uint8Array, at: number, n: number, opt: boolean): Column {
    const column = new Column(opt);
    column.packed = { bytes, at, n };
    return column;
  }

  /** Sets the value of a bucket; null is none. */
  set(bucket: number, value: number | null | undefined): void {
    const v = value ?? (this.opt ? NONE : 0);
    if (this.packed) {
      this.later.push(bucket, v);
      return;
    }
    this.grow(bucket + 1);
    this.data[bucket] = v;
  }

  /** The values of the first n buckets, until the next set. */
  values(n: number): Float64Array {
    this.unpack();
    this.grow(n);
    return this.data.subarray(0, n);
  }

  private grow(n: number): void {
    if (n <= this.length) return;
    if (n > this.data.length) {
      const wider = new Float64Array(Math.max(n, this.data.length * 2, 64));
      wider.set(this.data.subarray(0, this.length));
      this.data = wider;
    }
    this.data.fill(this.opt ? NONE : 0, this.length, n);
    this.length = n;
  }

  private unpack(): void {
    if (!this.packed) return;
    const { bytes, at, n } = this.packed;
    this.packed = null;
    const reader = new VarintReader(bytes, at);
    const data = new Float64Array(Math.max(n, 64));
    let value = 0;
    for (let i = 0; i < n; i++) {
      value += reader.signed();
      data[i] = this.opt ? (value === 0 ? NONE : value - 1) : value;
    }
    this.data = data;
    this.length = n;
    for (let i = 0; i < this.later.length; i += 2) this.set(this.later[i] as number, this.later[i + 1]);
    this.later = [];
  }
}
