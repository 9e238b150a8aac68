// @vitest-environment node
import { describe, expect, test } from "vitest";
import { read } from "../codec/block";
import { Made, type Recipe } from "../test/made";
import { arrivals, errorRate, latest, resample, users } from "./derive";
import { arrange, endpoints, errorTrend, ghostOf, trendOf } from "./endpoints";
import { csvFiles, resultJson } from "./export";
import { figures, generatorLines, readAt, totalsOf } from "./figures";
import { splitName } from "./method";
import { RunModel } from "./run";
import { scopeOf } from "./scope";

const make = (recipe: Recipe): RunModel => new RunModel(read(new Made(recipe).plain()));
const model = make({ seconds: 60 });
const all = scopeOf(model, "");

describe("figures", () => {
  test("are what is now and what was in all", () => {
    const f = figures(model, all);
    expect(f.users).toMatchObject({ target: (model.column("l.0.target")?.[59] ?? 0) / 1000, total: 1250 });
    expect(f.users.closed).toBe(f.users.now);
    expect(f.rate.now).toBe(model.column("t.requests")?.[59]);
    expect(f.rate.total).toBe(model.status.totals.requests_per_s);
    expect(f.p50.total).toBe(model.status.totals.response_ms.p50);
    expect(f.errors.total).toBeCloseTo(model.status.totals.error_rate * 100);
  });

  test("of users are held against the target of those loads that have one", () => {
    const both = make({ seconds: 20, rate: true, loads: 2 });
    const { now, target, closed } = figures(both, scopeOf(both, "")).users;
    expect(target).toBe(40);
    expect(closed).toBe(both.column("l.1.active")?.[19]);
    expect(now).toBe((closed ?? 0) + (both.column("l.0.active")?.[19] ?? 0));
  });

  test("know when each of their values was, be it of a second or of many", () => {
    const slow = make({ seconds: 120, volume: 0.004 });
    const { p50, rate } = figures(slow, scopeOf(slow, ""));
    expect(rate.times).toEqual(Array.from({ length: 120 }, (_, i) => i));
    expect(p50.values.length).toBeLessThan(60);
    expect(p50.times).toHaveLength(p50.values.length);
    // A second within the third value.
    const within = ((p50.times[2] ?? 0) + (p50.times[3] ?? 0)) / 2;
    expect(readAt(p50, [within])).toEqual([p50.values[2]]);
  });

  test("of one endpoint are its own, of several their sum", () => {
    const one = totalsOf(model, scopeOf(model, "checkout"));
    expect(one.requests).toBe(model.status.names[4]?.count);
    expect(one.response.p95).toBe(model.status.names[4]?.response_ms.p95);
    const two = totalsOf(model, scopeOf(model, "cart"));
    expect(two.requests).toBe((model.status.names[2]?.count ?? 0) + (model.status.names[5]?.count ?? 0));
    expect(two.response.p50).not.toBeNull();
    expect(totalsOf(model, { kind: "none", names: [], key: "none" })).toMatchObject({ requests: 0, errorRate: 0 });
  });

  test("of the generator come in its units", () => {
    const lines = generatorLines(model);
    expect(lines.cpu[0]).toBeCloseTo((model.column("h.cpu")?.[0] ?? 0) / 10);
    expect(lines.lag[0]).toBeCloseTo((model.column("h.lag99")?.[0] ?? 0) / 1000);
  });
});

test("open loads have arrivals, closed ones a target", () => {
  const open = make({ seconds: 20, rate: true });
  expect(arrivals(open)?.started[10]).toBe(open.column("l.0.started")?.[10]);
  expect(users(open).target).toBeNull();
  expect(arrivals(model)).toBeNull();
  expect(users(model).target?.[10]).toBeCloseTo((model.column("l.0.target")?.[10] ?? 0) / 1000);
  const both = make({ seconds: 20, rate: true, loads: 2 });
  expect(users(both).running[5]).toBe((both.column("l.0.active")?.[5] ?? 0) + (both.column("l.1.active")?.[5] ?? 0));
  expect(users(both).target?.[5]).toBe(40);
});

test("a share of errors is unknown where nothing was requested", () => {
  const gap = make({ seconds: 20, gap: [5, 8] });
  expect(errorRate(gap, scopeOf(gap, ""))[6]).toBeNull();
  expect(latest([1, 2, null])).toBe(2);
  expect(latest([1, null, null, null])).toBeNull();
});

test("another run is read at the times of this one", () => {
  expect(resample([0, 2, 4], [1, 2, 3], [0, 1, 2, 3, 4, 5, 9])).toEqual([1, 1, 2, 2, 3, 3, null]);
  expect(resample([0], [5], [0, 1])).toEqual([5, null]);
});

describe("the table of endpoints", () => {
  const base = make({ seconds: 60, bad: 0.28, seed: 7 });
  const list = endpoints(model, base);

  test("has every name, with its share and change", () => {
    expect(list).toHaveLength(10);
    expect(list.slice(0, 8).reduce((n, e) => n + e.share, 0)).toBeCloseTo(1);
    expect(list[0]?.change).not.toBeNull();
    expect(list[8]).toMatchObject({ tag: "group", share: 0 });
    expect(list[9]?.tag).toBe("setup");
    expect(endpoints(model, null)[0]?.change).toBeNull();
  });

  test("is sorted and filtered, what does not count last", () => {
    expect(arrange(list, "", "rate", false)[0]?.name).toBe("GET /items");
    expect(arrange(list, "", "rate", true).at(-1)?.tag).not.toBe("");
    expect(arrange(list, "cart", "name", true).map((e) => e.name)).toEqual(["GET /cart", "POST /cart"]);
    for (const key of ["share", "p50", "p95", "p99", "max", "errors", "error_rate", "change"] as const) {
      expect(arrange(list, "", key, false)).toHaveLength(10);
    }
  });

  test("has small charts", () => {
    // Of a run half as long, at the times of this one: nothing in the second half.
    const half = make({ seconds: 30 });
    expect(ghostOf(half, 0, model, 20).slice(10)).toEqual(new Array(10).fill(null));
    expect(ghostOf(half, 0, model, 20).slice(0, 10)).toEqual(trendOf(half, 0, 10));
    expect(trendOf(model, 0, 20)).toHaveLength(20);
    expect(errorTrend(model, "status_4xx", "POST /auth/login", 10)).toHaveLength(10);
    expect(errorTrend(model, "nothing", "nobody", 10)).toEqual([]);
  });
});

test("a whole name finds that name alone", () => {
  const names = model.names.map((n) => n.name);
  const items = names.indexOf("GET /items");
  expect(names.filter((n) => n.toLowerCase().includes("get /items")).length).toBeGreaterThan(1);
  expect(scopeOf(model, "GET /items")).toMatchObject({ kind: "one", names: [items] });
  expect(scopeOf(model, "get /items").kind).toBe("some");
  expect(scopeOf(model, "buy something").names).toEqual([names.indexOf("buy something")]);
  expect(arrange(endpoints(model, null), " GET /items ", "name", true).map((e) => e.name)).toEqual(["GET /items"]);
});

test("a method is taken off a name", () => {
  expect(splitName("GET /a b")).toEqual({ method: "GET", path: "/a b" });
  expect(splitName("buy something")).toEqual({ method: "", path: "buy something" });
});

describe("exports", () => {
  test("have a row a second and a name", () => {
    const seconds = csvFiles.timeseries(make({ seconds: 20, gap: [5, 8] }));
    expect(seconds.rows).toHaveLength(17);
    expect(seconds.rows[0]).toHaveLength(seconds.head.length);
    const names = csvFiles.endpoints(model);
    expect(names.rows).toHaveLength(10);
    expect(names.rows[0]).toHaveLength(names.head.length);
  });

  test("hold the whole result as JSON", () => {
    const result = JSON.parse(resultJson(model)) as {
      requests: { name: string; count: number }[];
      run: { seed: string };
    };
    expect(result.requests[0]).toMatchObject({ name: "GET /items", count: model.status.names[0]?.count });
    expect(result.run.seed).toBe("42");
  });
});
