import { latency, resample, thin, type Values } from "./derive";
import type { RunModel } from "./run";
import type { NameTotals } from "./schema";
import { finder, indexIn } from "./scope";

/** A row of the table of endpoints. */
export interface Endpoint {
  index: number;
  name: string;
  tag: "" | "group" | "setup" | "teardown";
  totals: NameTotals;
  share: number;
  /** p95 against the run to compare with, as a share; null if unknown. */
  change: number | null;
}

export type SortKey = "name" | "share" | "rate" | "p50" | "p95" | "p99" | "max" | "errors" | "error_rate" | "change";

const values: Record<SortKey, (e: Endpoint) => number | string> = {
  name: (e) => e.name.toLowerCase(),
  share: (e) => e.share,
  rate: (e) => e.totals.requests_per_s,
  p50: (e) => e.totals.response_ms.p50 ?? -1,
  p95: (e) => e.totals.response_ms.p95 ?? -1,
  p99: (e) => e.totals.response_ms.p99 ?? -1,
  max: (e) => e.totals.response_ms.max ?? -1,
  errors: (e) => e.totals.errors,
  error_rate: (e) => e.totals.error_rate,
  change: (e) => e.change ?? Number.NEGATIVE_INFINITY,
};

/** All names that were used, requests that count first. */
export function endpoints(model: RunModel, base: RunModel | null): Endpoint[] {
  const all = model.status.totals.requests || 1;
  return model.names.flatMap((name, index) => {
    const totals = model.status.names[index];
    if (!totals) return [];
    const tag = name.stage !== "main" ? name.stage : name.kind === "group" ? "group" : "";
    const other = base?.status.names[indexIn(base, name)]?.response_ms.p95 ?? null;
    const own = totals.response_ms.p95;
    const change = own === null || other === null || other === 0 ? null : own / other - 1;
    return [{ index, name: name.name, tag, totals, share: tag === "" ? totals.count / all : 0, change }];
  });
}

export function arrange(list: Endpoint[], filter: string, key: SortKey, up: boolean): Endpoint[] {
  const value = values[key];
  const sign = up ? 1 : -1;
  const finds = finder(list, filter);
  return list
    .filter((e) => finds(e.name))
    .sort((a, b) => {
      // What is not in the totals stays below what is.
      if ((a.tag === "") !== (b.tag === "")) return a.tag === "" ? -1 : 1;
      const x = value(a);
      const y = value(b);
      return x < y ? -sign : x > y ? sign : a.index - b.index;
    });
}

const latencyOf = (model: RunModel, index: number) =>
  latency(model, { kind: "one", names: [index], key: `one:${index}` }, false);

/** p95 of a name over time, as many points as a small chart has. */
export const trendOf = (model: RunModel, index: number, points: number): Values =>
  thin(latencyOf(model, index).p95, points);

/** The same of another run, at the times of this one. */
export function ghostOf(base: RunModel, index: number, model: RunModel, points: number): Values {
  const { x, p95 } = latencyOf(base, index);
  return thin(resample(x, p95, model.times()), points);
}

/** Errors of a class over time, of one name or of all. */
export function errorTrend(model: RunModel, cls: string, name: string, points: number): Values {
  const index = model.names.findIndex((n) => n.name === name);
  const id = index >= 0 && model.column(`n.${index}.c.${cls}`) ? `n.${index}.c.${cls}` : `t.c.${cls}`;
  return thin(model.column(id) ?? [], points);
}
