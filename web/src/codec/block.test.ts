// @vitest-environment node
import { readFileSync } from "node:fs";
import { deflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { Histogram } from "../model/histogram";
import { Made } from "../test/made";
import { fromBase64, open, read } from "./block";

const made = new Made({ seconds: 30 });

test("a container gives back what was put in", async () => {
  const block = await open(new Uint8Array(made.packed(7)));
  expect(block.head.run.test).toBe("checkout-flow");
  expect(block.head.seq).toBe(7);
  const requests = [...(block.columns.get("t.requests")?.values(30) ?? [])];
  expect(requests).toEqual(made.rows.map((r) => r.v["t.requests"]));
  const p99 = [...(block.columns.get("n.0.p99")?.values(30) ?? [])];
  expect(p99).toEqual(made.rows.map((r) => r.v["n.0.p99"] ?? Number.NaN));
  for (const i of [0, 4, 8]) {
    expect(block.distribution(i).total).toBe(made.status().names[i]?.count);
    expect(block.cells.sum([i]).reduce((n, h) => n + h.total, 0)).toBe(made.status().names[i]?.count);
  }
  expect(block.distribution(99).total).toBe(0);
});

test("base64 of the report is the container", async () => {
  const text = `\n  ${Buffer.from(made.packed()).toString("base64")}\n`;
  expect((await open(fromBase64(text))).head.buckets.count).toBe(30);
});

test("what is no run says so", async () => {
  await expect(open(Uint8Array.of(1, 2, 3))).rejects.toThrow("damaged");
  await expect(open(new Uint8Array(deflateRawSync(Buffer.from("hello"))))).rejects.toThrow(
    "not the data of a LoadForge run",
  );
  const cut = made.plain().slice(0, -40);
  expect(() => read(cut)).toThrow("ends too early");
  const newer = new TextEncoder().encode('LFP1\u0007{"v":2}');
  expect(() => read(newer)).toThrow("another version");
});

// Made by Go; the JSON beside it says what has to come out.
const golden = "testdata/page.golden";

interface Want {
  page: { names: unknown[]; cells: { count: number } };
  columns: Record<string, (number | null)[]>;
  cells: { counts: number[] }[];
  dists: { count: number; pairs: number[] }[];
}

describe("the page that Go wrote", async () => {
  const want = JSON.parse(readFileSync(`${golden}.json`, "utf8")) as Want;
  const block = await open(new Uint8Array(readFileSync(golden)));

  test("has the columns that Go says", () => {
    expect([...block.columns.keys()]).toEqual(expect.arrayContaining(Object.keys(want.columns)));
    for (const [id, values] of Object.entries(want.columns)) {
      const got = [...(block.columns.get(id)?.values(values.length) ?? [])].map((v) => (Number.isNaN(v) ? null : v));
      expect(got, id).toEqual(values);
    }
  });

  test("has the cells that Go says", () => {
    want.cells.forEach(({ counts }, i) => {
      const got = block.cells.sum([i], false).map((h) => h.total);
      expect(got).toEqual(counts);
    });
  });

  test("has the distributions that Go says", () => {
    want.dists.forEach(({ count, pairs }, i) => {
      const got = block.distribution(i);
      expect(got.total).toBe(count);
      const same = new Histogram();
      same.addPairs(pairs);
      expect(got.quantile(0.5)).toBe(same.quantile(0.5));
      expect(got.max()).toBe(same.max());
    });
  });
});
