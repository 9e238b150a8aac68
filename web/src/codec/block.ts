import { Cells } from "../model/cells";
import { Column } from "../model/column";
import { Histogram } from "../model/histogram";
import { type PageHead, tidyPage } from "../model/schema";
import { VarintReader } from "./varint";

/** A page, taken apart but not unpacked. */
export interface Block {
  head: PageHead;
  columns: Map<string, Column>;
  cells: Cells;
  /** The distribution of name i over the whole run. */
  distribution: (name: number) => Histogram;
}

const MAGIC = "LFP1";

/** Undoes base64 as the report holds it. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  // New browsers do it themselves, ten times as fast.
  const native = (Uint8Array as unknown as { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> }).fromBase64;
  if (native) return native.call(Uint8Array, text.trim());
  const binary = atob(text.trim());
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

async function inflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new DecompressionStream("deflate-raw");
  const writer = stream.writable.getWriter();
  // All of it at once; what is wrong with it is said by the reading side.
  const written = writer.write(bytes).then(() => writer.close());
  const [plain] = await Promise.all([whole(stream.readable), written]);
  return plain;
}

// A Response would do it in one line, and take twice as long.
async function whole(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = stream.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parts.push(part.value);
    length += part.value.length;
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Opens a container: raw deflate of the magic, the JSON and the block. */
export async function open(bytes: Uint8Array<ArrayBuffer>): Promise<Block> {
  let plain: Uint8Array;
  try {
    plain = await inflate(bytes);
  } catch (cause) {
    throw new Error("The data of the run is damaged: it can't be unpacked.", { cause });
  }
  return read(plain);
}

/** Reads the unpacked container. Columns and cells are only found, not read. */
export function read(plain: Uint8Array): Block {
  if (String.fromCharCode(...plain.subarray(0, 4)) !== MAGIC)
    throw new Error("This is not the data of a LoadForge run.");
  const reader = new VarintReader(plain, 4);
  const length = reader.next();
  const json = new TextDecoder().decode(plain.subarray(reader.at, reader.at + length));
  const head = tidyPage(JSON.parse(json));
  reader.at += length;

  const columns = new Map<string, Column>();
  for (const { id, n, opt } of head.columns) {
    columns.set(id, Column.packed(plain, reader.at, n, opt === true));
    reader.skip(n);
  }
  const span = Math.max(1, Math.round(head.cells.width_s / head.buckets.width_s));
  const cells = new Cells(head.cells.count, span);
  for (const _ of head.names) reader.at = cells.addPacked(plain, reader.at);

  const starts: number[] = [];
  for (const _ of head.names) {
    starts.push(reader.at);
    reader.skip(2 * reader.next());
  }
  const distribution = (name: number): Histogram => readDistribution(plain, starts[name]);
  return { head, columns, cells, distribution };
}

function readDistribution(plain: Uint8Array, start: number | undefined): Histogram {
  const histogram = new Histogram(1);
  if (start === undefined) return histogram;
  const reader = new VarintReader(plain, start);
  let bucket = -1;
  for (let k = reader.next(); k > 0; k--) {
    bucket += 1 + reader.next();
    histogram.add(bucket, reader.next());
  }
  return histogram;
}
