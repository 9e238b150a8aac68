/** Reads unsigned LEB128 varints one after the other. */
export class VarintReader {
  constructor(
    readonly bytes: Uint8Array,
    public at = 0,
  ) {}

  next(): number {
    const { bytes } = this;
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = bytes[this.at++];
      if (byte === undefined) throw new Error("The data of the run ends too early.");
      // Not with shifts: those are 32 bits wide, and byte counts are not.
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
  }

  /** Reads a zig-zag number: 0, -1, 1, -2, … */
  signed(): number {
    const n = this.next();
    return n % 2 === 0 ? n / 2 : -(n + 1) / 2;
  }

  /** Passes over n varints: their last bytes are those below 0x80. */
  skip(n: number): void {
    const { bytes } = this;
    let at = this.at;
    const end = bytes.length;
    while (n > 0) {
      if (at >= end) throw new Error("The data of the run ends too early.");
      if ((bytes[at++] as number) < 0x80) n--;
    }
    this.at = at;
  }
}

/** Writes what VarintReader reads; for tests and made-up runs. */
export class VarintWriter {
  readonly bytes: number[] = [];

  put(value: number): void {
    while (value >= 128) {
      this.bytes.push((value % 128) | 0x80);
      value = Math.floor(value / 128);
    }
    this.bytes.push(value);
  }

  signed(value: number): void {
    this.put(value < 0 ? -value * 2 - 1 : value * 2);
  }
}
