import { describe, expect, test } from "vitest";
import { change, direction, lowerIsBetter, onTarget, peak } from "./trend";

const flat = (n: number, v: number): number[] => new Array(n).fill(v);

describe("a trend", () => {
  test("is steady within the noise", () => {
    expect(lowerIsBetter([...flat(30, 100), ...flat(8, 104)])).toMatchObject({ word: "steady", tone: "flat" });
    expect(direction([...flat(30, 100), ...flat(8, 97)])?.word).toBe("steady");
  });

  test("rises and falls", () => {
    expect(lowerIsBetter([...flat(30, 100), ...flat(8, 150)])).toEqual({ shape: "▲", word: "rising", tone: "bad" });
    expect(lowerIsBetter([...flat(30, 100), ...flat(8, 70)])).toMatchObject({ word: "falling", tone: "good" });
    expect(direction([...flat(30, 10), ...flat(8, 20)])).toMatchObject({ shape: "▲", tone: "flat" });
    expect(direction([...flat(30, 20), ...flat(8, 10)])).toMatchObject({ shape: "▼", tone: "flat" });
  });

  test("recovers from a peak that was twice as high", () => {
    expect(lowerIsBetter([...flat(20, 300), ...flat(10, 200), ...flat(8, 80)])?.word).toBe("recovering");
  });

  test("is of the usual values, not of a single one", () => {
    expect(direction([...flat(30, 10), ...flat(7, 10), 500])?.word).toBe("steady");
  });

  test("is not known of a few values", () => {
    expect(lowerIsBetter([1, 2, 3])).toBeNull();
    expect(direction([])).toBeNull();
    expect(change([...flat(30, 0), ...flat(8, 1)])).toBe(Number.POSITIVE_INFINITY);
    expect(change([...flat(30, 0), ...flat(8, 0)])).toBe(0);
  });
});

test("what it should be is met within two per cent or one", () => {
  expect(onTarget(99, 100)?.word).toBe("on target");
  expect(onTarget(4.2, 5)?.word).toBe("on target");
  expect(onTarget(50, 100)).toMatchObject({ shape: "▼", word: "below target", tone: "bad" });
  expect(onTarget(120, 100)?.word).toBe("above target");
  expect(onTarget(0, 0)?.word).toBe("on target");
  expect(onTarget(null, 5)).toBeNull();
  expect(onTarget(3, 0)).toBeNull();
});

test("a peak has its place", () => {
  expect(peak([1, null, 7, 3])).toEqual({ value: 7, index: 2 });
  expect(peak([null])).toBeNull();
});
