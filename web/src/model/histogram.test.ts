import { describe, expect, test } from "vitest";
import { bucketOf } from "../test/counts";
import { cellLow, Histogram, low } from "./histogram";

test("bounds are those of the run format", () => {
  expect([low(0), low(1), low(127), low(128), low(129), low(255), low(256)]).toEqual([0, 4, 508, 512, 516, 1020, 1024]);

  expect(low(4352)).toBe(2 ** 42);
  expect(cellLow(16)).toBe(low(128));
});

const uniform = (n: number, size: 1 | 8 = 1): Histogram => {
  const h = new Histogram(size);
  for (let i = 1; i <= n; i++) h.add(Math.floor(bucketOf(i * 1e6) / size), 1);
  return h;
};

describe("a percentile", () => {
  test("is within 1/256 of the exact one", () => {
    const h = uniform(2000);
    for (const p of [0.5, 0.9, 0.95, 0.99])
      expect(Math.abs((h.quantile(p) ?? 0) / (2000 * p) - 1)).toBeLessThan(1 / 256);
  });

  test("of cells is within 1/32", () => {
    const h = uniform(2000, 8);
    for (const p of [0.5, 0.9, 0.95, 0.99])
      expect(Math.abs((h.quantile(p) ?? 0) / (2000 * p) - 1)).toBeLessThan(1 / 32);
  });

  test("needs ten values above it", () => {
    const h = uniform(199);
    expect(h.quantile(0.95)).toBeNull();
    expect(uniform(200).quantile(0.95)).not.toBeNull();
    expect(new Histogram().quantile(0.5)).toBeNull();
  });
});

test("merging adds counts", () => {
  const a = uniform(100);
  a.merge(uniform(50));
  expect(a.total).toBe(150);
  expect(a.max()).toBeCloseTo(100, 0);
  expect(new Histogram().max()).toBeNull();
});

test("pairs are gaps and counts", () => {
  const h = new Histogram();
  h.addPairs([2, 5, 0, 1]);
  expect([...h.counts.slice(0, 4)]).toEqual([0, 0, 5, 1]);
});

test("the curve of nines rises and ends where ten values are left", () => {
  const curve = uniform(10_000).nines();
  expect(curve.x[0]).toBe(0);
  expect(curve.x.at(-1)).toBeLessThanOrEqual(3);
  expect(Histogram.at(curve, 1)).toBeCloseTo(9000, -2);
  expect(Histogram.at(curve, 2)).toBeCloseTo(9900, -2);
  expect(Histogram.at(curve, 4)).toBeNull();
  expect(Histogram.at({ x: [], y: [] }, 1)).toBeNull();
});
