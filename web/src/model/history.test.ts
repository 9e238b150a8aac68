import { describe, expect, test } from "vitest";
import { arrangeRuns, byTest, comparison, runUrl } from "./history";
import type { RunSummary } from "./schema";

const run = (id: string, test: string, day: number, p95: number | null = 10): RunSummary => ({
  id,
  test,
  started: `2026-11-${String(day).padStart(2, "0")}T10:00:00Z`,
  duration_s: 60,
  state: "passed",
  verdict: "valid",
  requests: 100,
  requests_per_s: 5,
  error_rate: 0,
  p50_ms: 1,
  p95_ms: p95,
  p99_ms: null,
  target: "https://example.com",
  pattern: "hold 5",
});
const runs = [run("c", "shop", 3, 30), run("b", "api", 2, null), run("a", "shop", 1, 10)];

test("runs are put together by test, the oldest first", () => {
  expect(byTest(runs).map((t) => [t.test, t.runs.map((r) => r.id)])).toEqual([
    ["shop", ["a", "c"]],
    ["api", ["b"]],
  ]);
});

describe("the list of runs", () => {
  const ids = (...args: Parameters<typeof arrangeRuns>): string =>
    arrangeRuns(...args)
      .map((r) => r.id)
      .join("");

  test("is sorted by any figure, unknown ones last", () => {
    expect(ids(runs, "", "started", false)).toBe("cba");
    expect(ids(runs, "", "p95_ms", false)).toBe("cab");
    expect(ids(runs, "", "test", true)).toBe("bca");
  });

  test("is filtered by every word", () => {
    expect(ids(runs, "shop 5 passed", "started", true)).toBe("ac");
    expect(ids(runs, "nothing", "started", true)).toBe("");
  });
});

test("two runs are compared, the earlier one is the baseline", () => {
  expect(comparison(runs, new Set(["a", "c"]))).toEqual({ run: "c", baseline: "a" });
  expect(comparison(runs, new Set(["a"]))).toBeNull();
});

test("addresses keep ids whole", () => {
  expect(runUrl("a b")).toBe("runs/a%20b/");
  expect(runUrl("a", "b/c")).toBe("runs/a/?baseline=b%2Fc");
});
