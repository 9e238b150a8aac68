// @vitest-environment node
import { describe, expect, test } from "vitest";
import { read } from "../codec/block";
import { Made, type Recipe } from "../test/made";
import { errorStacks, latency, outline, requestRate, thin } from "./derive";
import { RunModel } from "./run";
import { tidyRow } from "./schema";
import { sameScope, scopeOf } from "./scope";

const whole = (recipe: Recipe): RunModel => new RunModel(read(new Made(recipe).plain()));

/** The same run, half of it from the page and half of it as rows. */
const followed = (recipe: Recipe, half: number): RunModel => {
  const made = new Made({ ...recipe, seconds: half, planned: recipe.seconds });
  const model = new RunModel(read(made.plain()));
  for (let i = half; i < recipe.seconds; i++) model.applyRow(tidyRow(made.step()));
  model.applyStatus({ ...made.status(), names: null });
  return model;
};

describe("a page and rows", () => {
  const a = whole({ seconds: 90, names: 5 });
  const b = followed({ seconds: 90, names: 5 }, 40);

  test("make the same run as the page alone", () => {
    expect(b.axis).toEqual(a.axis);
    for (const id of ["t.requests", "t.p95", "n.2.p95", "n.4.errors", "l.0.active"]) {
      expect([...(b.column(id) ?? [])]).toEqual([...(a.column(id) ?? [])]);
    }
    expect(b.rows()).toBe(90);
  });

  test("have the same cells", () => {
    const sum = (m: RunModel): number[] => m.heat(m.main).map((h) => h.total);
    expect(sum(b)).toEqual(sum(a));
  });

  test("keep sums that are looked at up to date", () => {
    const made = new Made({ seconds: 20 });
    const model = new RunModel(read(made.plain()));
    const before = model.heat(model.main).length;
    const row = made.step();
    model.applyRow(tidyRow(row));
    expect(model.heat(model.main)).toHaveLength(before + 1);
    expect(model.heat(model.main).at(-1)?.total).toBe(row.v["t.requests"]);
  });
});

test("a row that comes again takes the place of the first", () => {
  const made = new Made({ seconds: 10 });
  const model = new RunModel(read(made.plain()));
  const row = tidyRow(made.step());
  model.applyRow(row);
  model.applyRow({ ...row, v: { "t.seconds": 1, "t.length": 1000, "t.requests": 5 }, heat: { 0: [300, 5] } });
  expect(model.column("t.requests")?.[10]).toBe(5);
  expect(model.column("t.p50")?.[10]).toBeNaN();
  expect(model.column("n.0.requests")?.[10]).toBe(0);
  expect(model.heat(model.main).at(-1)?.total).toBeCloseTo(5, 3);
});

test("a row about a bucket of the page is not counted twice", () => {
  const made = new Made({ seconds: 10 });
  const model = new RunModel(read(made.plain()));
  const total = (): number => model.heat(model.main).reduce((n, h) => n + h.total, 0);
  const before = total();
  model.applyRow(tidyRow(made.rows[9]));
  expect(total()).toBeCloseTo(before, 3);
});

test("a row about a bucket of the page may come more than once", () => {
  const made = new Made({ seconds: 10 });
  const model = new RunModel(read(made.plain()));
  const row = tidyRow(made.rows[9]);
  const had = row.v["n.0.requests"] ?? 0;
  const total = (): number => model.heat([0], false).reduce((n, h) => n + h.total, 0);
  const before = total();
  for (const more of [4, 7, 9]) {
    const v = { ...row.v, "n.0.requests": had + more };
    model.applyRow({ ...row, v, heat: { ...row.heat, 0: [300, had + more] } });
    expect(total()).toBeCloseTo(before + more, 3);
  }
});

test("cells become coarser when there are too many", () => {
  const made = new Made({ seconds: 290, names: 2, volume: 0.05, planned: 400 });
  const model = new RunModel(read(made.plain()));
  model.heat(model.main);
  for (let i = 0; i < 40; i++) model.applyRow(tidyRow(made.step()));
  expect(model.cellWidth).toBe(2);
  const total = model.heat(model.main).reduce((n, h) => n + h.total, 0);
  expect(total).toBeCloseTo(made.status().totals.requests, 0);
  expect(model.heat(model.main)).toHaveLength(165);
});

describe("a scope", () => {
  const model = whole({ seconds: 60 });

  test("is everything, one name or several", () => {
    expect(scopeOf(model, "").kind).toBe("all");
    expect(scopeOf(model, "checkout")).toMatchObject({ kind: "one", names: [4] });
    expect(scopeOf(model, "cart")).toMatchObject({ kind: "some", names: [2, 5] });
    expect(scopeOf(model, "nothing like it").kind).toBe("none");
    expect(scopeOf(model, "buy").names).toEqual([8]);
  });

  test("finds the same names in another run", () => {
    const other = whole({ seconds: 20, names: 3 });
    expect(sameScope(scopeOf(model, "cart"), model, other)).toMatchObject({ kind: "one", names: [2] });
    expect(sameScope(scopeOf(model, "checkout"), model, other).kind).toBe("none");
    expect(sameScope(scopeOf(model, ""), model, other).names).toEqual([0, 1, 2]);
  });

  test("of several names has sums, and percentiles of merged cells", () => {
    const scope = scopeOf(model, "cart");
    const rates = requestRate(model, scope);
    const want = (model.column("n.2.requests")?.[30] ?? 0) + (model.column("n.5.requests")?.[30] ?? 0);
    expect(rates[30]).toBe(want);
    const series = latency(model, scope);
    expect(series.exact).toBe(false);
    const two = model.column("n.2.p50")?.[30] ?? 0;
    const five = model.column("n.5.p50")?.[30] ?? 0;
    const p50 = series.p50[30] ?? 0;
    expect(p50 * 1000).toBeGreaterThan(Math.min(two, five));
    expect(p50 * 1000).toBeLessThan(Math.max(two, five));
  });

  test("of one name has its own columns", () => {
    const series = latency(model, scopeOf(model, "GET /items/{id}"));
    expect(series.exact).toBe(true);
    expect(series.p50[20]).toBe((model.column("n.1.p50")?.[20] ?? 0) / 1000);
  });
});

test("few requests get windows that are long enough for p95", () => {
  const model = whole({ seconds: 280, volume: 0.01, names: 4 });
  const series = latency(model, scopeOf(model, ""));
  expect(series.window).toBeGreaterThan(1);
  expect(series.p95.filter((v) => v !== null).length).toBeGreaterThan(5);
});

test("a gap stays a gap", () => {
  const model = whole({ seconds: 30, gap: [10, 13] });
  const rates = requestRate(model, scopeOf(model, ""));
  expect(rates.slice(9, 14).map((v) => v === null)).toEqual([false, true, true, true, false]);
  expect(model.rows()).toBe(27);
});

test("the last instant of a run is too short for a rate", () => {
  const made = new Made({ seconds: 10 });
  const model = new RunModel(read(made.plain()));
  const row = tidyRow(made.step());
  const rateOf = (ms: number): number | null | undefined => {
    model.applyRow({ ...row, v: { ...row.v, "t.length": ms } });
    return requestRate(model, scopeOf(model, "")).at(-1);
  };
  expect(rateOf(10)).toBeNull();
  expect(rateOf(500)).toBeGreaterThan(0);
});

test("errors are stacked by class in the order of a request's life", () => {
  const model = whole({ seconds: 100 });
  expect(errorStacks(model, scopeOf(model, "")).classes).toEqual(["status_4xx", "status_5xx", "timeout", "reset"]);
  expect(errorStacks(model, scopeOf(model, "checkout")).classes).toEqual(["status_5xx", "timeout"]);
});

test("small charts keep the peaks", () => {
  expect(thin([1, 9, 2, null, 3, 4], 3)).toEqual([9, 2, 4]);
  expect(thin([1, null], 3)).toEqual([1, null]);
});

test("a line in fewer steps keeps its lowest and highest values, and its gaps", () => {
  expect(outline([1, 9, 2, 3, 8, 0, null, null, 4], 3)).toEqual([1, 9, 8, 0, 4, 4]);
  expect(outline([null, null, null, 1, 1, 1], 2)).toEqual([null, null, 1, 1]);
  expect(outline([1, 2, null, 4], 2)).toEqual([1, 2, null, 4]);
});

test("the distribution is exact in a page, and of cells once rows came", () => {
  const saved = whole({ seconds: 40 });
  expect(saved.distribution(saved.main, true)).toMatchObject({ exact: true });
  const live = followed({ seconds: 40 }, 20);
  expect(live.distribution([0], false).exact).toBe(false);
  expect(live.distribution([0], false).histogram.total).toBe(saved.distribution([0], false).histogram.total);
  live.applyStatus({ ...saved.status, names: null, dist: [500, 7] });
  expect(live.distribution(live.main, true)).toMatchObject({ exact: true, histogram: { total: 7 } });
});

describe("the distribution of some names", () => {
  /** How many requests it has, and how many there were from a second on. */
  const counts = (seconds: number, warmup: number, second: number): [number, number] => {
    const made = new Made({ seconds, names: 2, volume: 0.05 });
    const block = read(made.plain());
    block.head.run.warmup_s = warmup;
    const model = new RunModel(block);
    model.applyRow(tidyRow(made.step()));
    const rows = made.rows.slice(second);
    return [
      model.distribution([0], false).histogram.total,
      rows.reduce((n, row) => n + (row.v["n.0.requests"] ?? 0), 0),
    ];
  };

  test.each([
    ["all", 40, 0, 0],
    ["what is behind the warm-up", 40, 10, 10],
    ["nothing of the second in which the warm-up ends", 40, 9.5, 10],
    ["nothing while the run warms up", 40, 60, 60],
    ["a cell of which most is behind the warm-up", 620, 9, 8],
    ["no cell of which most is warm-up", 620, 11, 12],
  ])("has %s", (_, seconds, warmup, second) => {
    const [got, want] = counts(seconds, warmup, second);
    expect(got).toBe(want);
  });
});
