import { Histogram } from "./histogram";
import { once } from "./once";
import type { RunModel } from "./run";
import type { Scope } from "./scope";

/** Values to draw; null is a gap. */
export type Values = (number | null)[];

const known = (v: number | undefined): number | null => (v === undefined || Number.isNaN(v) ? null : v);

/** Seconds that each bucket measured; 0 where there is a gap. */
const lengths = (model: RunModel): Float64Array => once(model, "lengths", () => measure(model));

function measure(model: RunModel): Float64Array {
  const n = model.axis.count;
  const seconds = model.column("t.seconds");
  const length = model.column("t.length");
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    if (seconds && (seconds[i] as number) === 0) continue;
    out[i] = length ? (length[i] as number) / 1000 : model.width;
  }
  return out;
}

// What ends of a run in its last instant is no rate: three requests in 10 ms are
// not 300 a second.
const TOO_SHORT = 0.25;

/** Sums of columns per second; a gap stays a gap, and so does a moment too short to tell. */
export const perSecond = (model: RunModel, ids: string[]): Values =>
  once(model, `rate ${ids.join()}`, () => rates(model, ids));

function rates(model: RunModel, ids: string[]): Values {
  const length = lengths(model);
  const columns = ids.map((id) => model.column(id)).filter((c) => c !== null);
  const out: Values = new Array(length.length);
  for (let i = 0; i < length.length; i++) {
    const s = length[i] as number;
    if (s <= 0 || (i > 0 && s < model.width * TOO_SHORT)) {
      out[i] = null;
      continue;
    }
    let sum = 0;
    for (const column of columns) sum += column[i] as number;
    out[i] = sum / s;
  }
  return out;
}

/** A column over a divisor; gaps and unknown values are null. */
export const gauge = (model: RunModel, id: string, divisor: number): Values =>
  once(model, `gauge ${id} ${divisor}`, () => divided(model, id, divisor));

function divided(model: RunModel, id: string, divisor: number): Values {
  const column = model.column(id);
  const length = lengths(model);
  const out: Values = new Array(length.length);
  for (let i = 0; i < length.length; i++) {
    const v = column ? known(column[i]) : null;
    out[i] = v === null || (length[i] as number) <= 0 ? null : v / divisor;
  }
  return out;
}

const requestIds = (scope: Scope): string[] =>
  scope.kind === "all" ? ["t.requests"] : scope.names.map((i) => `n.${i}.requests`);
const errorIds = (scope: Scope): string[] =>
  scope.kind === "all" ? ["t.errors"] : scope.names.map((i) => `n.${i}.errors`);

export const requestRate = (model: RunModel, scope: Scope): Values => perSecond(model, requestIds(scope));

/** Indices of the loads whose level is iterations a second. */
export const rateLoads = (model: RunModel): number[] => model.loads.flatMap((l, i) => (l.model === "rate" ? [i] : []));

/** Iterations that should have started and those that did, a second. */
export function arrivals(model: RunModel): { target: Values; started: Values } | null {
  const loads = rateLoads(model);
  if (loads.length === 0) return null;
  const target = addUp(loads.map((i) => gauge(model, `l.${i}.target`, 1000)));
  return {
    target,
    started: perSecond(
      model,
      loads.map((i) => `l.${i}.started`),
    ),
  };
}

/** Adds values up; a bucket without any value stays a gap. */
export function addUp(lists: Values[]): Values {
  const out: Values = [...(lists[0] ?? [])];
  for (const list of lists.slice(1)) {
    for (let i = 0; i < out.length; i++) {
      const v = list[i] ?? null;
      if (v !== null) out[i] = (out[i] ?? 0) + v;
    }
  }
  return out;
}

/** Indices of the loads whose level is users. */
export const closedLoads = (model: RunModel): number[] =>
  model.loads.flatMap((l, i) => (l.model === "users" ? [i] : []));

/** Users alive, and how many the patterns want where they say so. */
export function users(model: RunModel): { running: Values; target: Values | null; loads: Values[] } {
  const loads = model.loads.map((_, i) => gauge(model, `l.${i}.active`, 1));
  const closed = closedLoads(model);
  return {
    running: addUp(loads),
    target: closed.length === 0 ? null : addUp(closed.map((i) => gauge(model, `l.${i}.target`, 1000))),
    loads,
  };
}

/** Requests that failed, a second. */
export const errorsPerSecond = (model: RunModel, scope: Scope): Values => perSecond(model, errorIds(scope));

/** Share of requests that failed, in per cent. */
export function errorRate(model: RunModel, scope: Scope): Values {
  const requests = requestRate(model, scope);
  const errors = errorsPerSecond(model, scope);
  return requests.map((r, i) => (r === null ? null : r === 0 ? null : ((errors[i] ?? 0) / r) * 100));
}

/** Errors a second by class, each in its place of a request's life. */
export function errorStacks(model: RunModel, scope: Scope): { classes: string[]; values: Values[] } {
  const names = scope.kind === "all" ? ["t"] : scope.names.map((i) => `n.${i}`);
  const classes = [...new Set(names.flatMap((n) => model.classes(`${n}.c.`)))].sort(byOrder);
  return {
    classes,
    values: classes.map((c) =>
      perSecond(
        model,
        names.map((n) => `${n}.c.${c}`),
      ),
    ),
  };
}

// The order of a request's life, so that a class keeps its place and colour.
const order = [
  "status_4xx",
  "status_5xx",
  "timeout",
  "connect",
  "reset",
  "dns",
  "tls",
  "protocol",
  "body",
  "status",
  "redirect",
  "task",
  "panic",
  "generator",
  "cancelled",
];
const place = (c: string): number => (order.includes(c) ? order.indexOf(c) : order.length);
const byOrder = (a: string, b: string): number => place(a) - place(b) || a.localeCompare(b);

export interface LatencySeries {
  x: number[];
  p50: Values;
  p95: Values;
  p99: Values;
  /** Seconds a value is about. */
  window: number;
  /** False where the percentiles are of merged cells: at most 1/32 off. */
  exact: boolean;
}

/**
 * Percentiles over time. A second with few requests has no p95; where most
 * have none, windows as long as it takes are made of the cells.
 */
export const latency = (model: RunModel, scope: Scope, keep = true): LatencySeries =>
  once(model, `latency ${scope.key}`, () => percentiles(model, scope, keep));

function percentiles(model: RunModel, scope: Scope, keep: boolean): LatencySeries {
  if (scope.kind === "all" || scope.kind === "one") {
    const prefix = scope.kind === "all" ? "t" : `n.${scope.names[0]}`;
    const exact: LatencySeries = {
      x: model.times(),
      p50: gauge(model, `${prefix}.p50`, 1000),
      p95: gauge(model, `${prefix}.p95`, 1000),
      p99: gauge(model, `${prefix}.p99`, 1000),
      window: model.width,
      exact: true,
    };
    const known = exact.p95.filter((v) => v !== null).length;
    const busy = perSecond(model, requestIds(scope)).filter((v) => v !== null && v > 0).length;
    if (known >= busy * 0.6 || busy === 0) return exact;
    const coarse = windows(model.heat(scope.names, keep), model.cellWidth);
    return coarse.p95.some((v) => v !== null) || known === 0 ? coarse : exact;
  }
  return windows(model.heat(scope.names, keep), model.cellWidth);
}

// p95 needs ten values above it, and a chart a dozen points.
const WANTED = 200;
const FEWEST = 12;

function windows(steps: Histogram[], width: number): LatencySeries {
  const counts = steps.map((s) => s.total).filter((n) => n > 0);
  const typical = counts.sort((a, b) => a - b)[counts.length >> 1] ?? 0;
  let span = 1;
  while (typical > 0 && typical * span < WANTED && steps.length / (span * 2) >= FEWEST) span *= 2;
  const out: LatencySeries = { x: [], p50: [], p95: [], p99: [], window: span * width, exact: false };
  for (let i = 0; i < steps.length; i += span) {
    let h = steps[i] as Histogram;
    if (span > 1) {
      h = new Histogram(h.size);
      for (const step of steps.slice(i, i + span)) h.merge(step);
    }
    out.x.push(i * width);
    out.p50.push(h.quantile(0.5));
    out.p95.push(h.quantile(0.95));
    out.p99.push(h.quantile(0.99));
  }
  return out;
}

/** Reads values of another run at the times of this one. */
export function resample(x: number[], values: Values, at: number[]): Values {
  const step = x.length > 1 ? (x[1] as number) - (x[0] as number) : Number.POSITIVE_INFINITY;
  return at.map((t) => values[x.length > 1 ? Math.floor(t / step + 1e-9) : t < 1 ? 0 : -1] ?? null);
}

/** At most n values that keep the largest of each stretch: for small charts. */
export function thin(values: ArrayLike<number | null>, n: number): Values {
  const { length } = values;
  if (length <= n) return Array.from(values, (v) => known(v ?? undefined));
  const out: Values = [];
  for (let k = 0; k < n; k++) {
    let top: number | null = null;
    const to = Math.max(Math.floor(((k + 1) * length) / n), Math.floor((k * length) / n) + 1);
    for (let i = Math.floor((k * length) / n); i < to; i++) {
      const v = known(values[i] ?? undefined);
      if (v !== null && (top === null || v > top)) top = v;
    }
    out.push(top);
  }
  return out;
}

/**
 * The same line in n steps for the eye: of each its lowest and its highest
 * value, in their order. Lines that are no longer than that stay as they are.
 */
export function outline(values: Values, n: number): Values {
  const { length } = values;
  if (length <= 2 * n) return values;
  const out: Values = [];
  for (let k = 0; k < n; k++) {
    let low = -1;
    let high = -1;
    for (let i = Math.floor((k * length) / n); i < Math.floor(((k + 1) * length) / n); i++) {
      const v = values[i] ?? null;
      if (v === null) continue;
      if (low < 0 || v < (values[low] as number)) low = i;
      if (high < 0 || v > (values[high] as number)) high = i;
    }
    out.push(values[Math.min(low, high)] ?? null, values[Math.max(low, high)] ?? null);
  }
  return out;
}

/** The last value that is known, among the last few. */
export function latest(values: Values, among = 3): number | null {
  for (let i = values.length - 1; i >= Math.max(0, values.length - among); i--) {
    const v = values[i] ?? null;
    if (v !== null) return v;
  }
  return null;
}
