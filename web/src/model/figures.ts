import {
  arrivals,
  closedLoads,
  errorRate,
  gauge,
  latency,
  latest,
  perSecond,
  requestRate,
  resample,
  users,
  type Values,
} from "./derive";
import type { RunModel } from "./run";
import type { Latency, NameTotals } from "./schema";
import type { Scope } from "./scope";

/** A figure of a run: what it is now, over the whole run, and over time. */
export interface Figure {
  now: number | null;
  total: number | null;
  values: Values;
  /** When each value begins, in seconds since the start. */
  times: number[];
}

/** What a figure was at moments, which may be those of another run. */
export const readAt = (figure: Figure, moments: number[]): Values => resample(figure.times, figure.values, moments);

export interface Figures {
  /** Of the closed loads, which have a target, there are so many users now. */
  users: Figure & { target: number | null; closed: number | null };
  rate: Figure & { target: number | null; started: number | null };
  p50: Figure;
  p95: Figure;
  p99: Figure;
  errors: Figure;
}

type Percentile = "p50" | "p95" | "p99";

export function figures(model: RunModel, scope: Scope): Figures {
  const alive = users(model);
  const due = arrivals(model);
  const rates = requestRate(model, scope);
  const shares = errorRate(model, scope);
  const total = totalsOf(model, scope);
  const lines = latency(model, scope);
  const times = model.times();
  const percentile = (p: Percentile): Figure => ({
    now: lines.exact ? latest(lines[p]) : null,
    total: total.response[p],
    values: lines[p],
    times: lines.x,
  });
  return {
    users: {
      now: latest(alive.running),
      total: model.status.totals.peak_users,
      values: alive.running,
      times,
      target: alive.target && latest(alive.target),
      closed: alive.target && closedLoads(model).reduce((n, i) => n + (latest(alive.loads[i] ?? []) ?? 0), 0),
    },
    rate: {
      now: latest(rates),
      total: total.rate,
      values: rates,
      times,
      target: due && latest(due.target),
      started: due && latest(due.started),
    },
    p50: percentile("p50"),
    p95: percentile("p95"),
    p99: percentile("p99"),
    errors: { now: latest(shares), total: total.requests === 0 ? null : total.errorRate * 100, values: shares, times },
  };
}

export interface ScopeTotals {
  requests: number;
  errors: number;
  errorRate: number;
  rate: number;
  response: Pick<Latency, Percentile>;
}

/** Totals of the whole run for what is shown. */
export function totalsOf(model: RunModel, scope: Scope): ScopeTotals {
  const { totals, names } = model.status;
  if (scope.kind === "all") {
    return {
      requests: totals.requests,
      errors: totals.errors,
      errorRate: totals.error_rate,
      rate: totals.requests_per_s,
      response: totals.response_ms,
    };
  }
  const parts = scope.names.map((i) => names[i]).filter((n): n is NameTotals => n !== undefined);
  const sum = (pick: (n: NameTotals) => number): number => parts.reduce((s, n) => s + pick(n), 0);
  const requests = sum((n) => n.count);
  const errors = sum((n) => n.errors);
  const [only] = parts;
  let response: Pick<Latency, Percentile>;
  if (parts.length === 1 && only) response = only.response_ms;
  else {
    const { histogram } = model.distribution(scope.names, false);
    response = { p50: histogram.quantile(0.5), p95: histogram.quantile(0.95), p99: histogram.quantile(0.99) };
  }
  return {
    requests,
    errors,
    errorRate: requests === 0 ? 0 : errors / requests,
    rate: sum((n) => n.requests_per_s),
    response,
  };
}

/** What the generator did over time, for its small charts. */
export function generatorLines(model: RunModel): {
  cpu: Values;
  lag: Values;
  dropped: Values;
  heap: Values;
  fds: Values;
} {
  const loads = model.loads.map((_, i) => `l.${i}.dropped`);
  const lag = gauge(model, "h.lag99", 1000);
  return {
    cpu: gauge(model, "h.cpu", 10),
    lag: lag.some((v) => v !== null) ? lag : gauge(model, "h.sched", 1000),
    dropped: perSecond(model, loads),
    heap: gauge(model, "h.heap", 1),
    fds: gauge(model, "h.fds", 1),
  };
}
