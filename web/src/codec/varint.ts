/** Reads unsigned LEB128 varints one after the other. */
export class VarintReader {
  private words: Uint32Array | null = null;

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

  /**
   * Passes over n varints: their last bytes are those below 0x80. Most of a page
   * is passed over when it is opened, so it is done four bytes at a time.
   */
  skip(n: number): void {
    const { bytes } = this;
    const first = -bytes.byteOffset & 3;
    this.words ??= wordsOf(bytes, first);
    const { words } = this;
    let at = this.at;
    for (let left = n; left > 0; ) {
      const word = (at - first) >> 2;
      if (left >= 4 && at >= first && ((at - first) & 3) === 0 && word < words.length) {
        left -= lasts(words[word] as number);
        at += 4;
      } else {
        if (at >= bytes.length) throw new Error("The data of the run ends too early.");
        if ((bytes[at++] as number) < 0x80) left--;
      }
    }
    this.at = at;
  }
}

/** The bytes from the first one on that lies on the bound of a word, as words. */
function wordsOf(bytes: Uint8Array, first: number): Uint32Array {
  const n = (bytes.length - first) >> 2;
  return n > 0 ? new Uint32Array(bytes.buffer, bytes.byteOffset + first, n) : new Uint32Array();
}

/** How many of four bytes are below 0x80. */
const lasts = (word: number): number => Math.imul((~word >>> 7) & 0x01010101, 0x01010101) >>> 24;

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
