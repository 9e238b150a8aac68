import { readFileSync } from "node:fs";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { PageHead as Page } from "../src/model/schema";

const mark = /(<script type="text\/plain" id="loadforge-page">)([^<]*)(<\/script>)/;

/** Another page of the same columns, with what change did to its JSON. */
export function rewrite(block: Buffer, change: (page: Page) => void): Buffer {
  const raw = inflateRawSync(block);
  let at = 4;
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = raw[at++] ?? 0;
    length += (byte & 127) * 2 ** shift;
    if (byte < 128) break;
  }
  const page = JSON.parse(raw.subarray(at, at + length).toString()) as Page;
  change(page);
  const json = Buffer.from(JSON.stringify(page));
  return deflateRawSync(Buffer.concat([raw.subarray(0, 4), varint(json.length), json, raw.subarray(at + length)]));
}

function varint(n: number): Buffer {
  const bytes: number[] = [];
  let rest = n;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

/** The page in a report. */
export function blockOf(report: string): Buffer {
  const found = mark.exec(readFileSync(report, "utf8"));
  if (!found) throw new Error(`${report} has no page`);
  return Buffer.from(found[2] ?? "", "base64");
}

/** The same report with another page in it. */
export const withBlock = (report: string, block: Buffer): string =>
  readFileSync(report, "utf8").replace(
    mark,
    (_, head: string, _old, tail: string) => head + block.toString("base64") + tail,
  );
