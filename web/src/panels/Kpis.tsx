import { memo, useMemo } from "react";
import type { Shown } from "../charts/context";
import { thin, type Values } from "../model/derive";
import { type Figure, type Figures, figures, readAt } from "../model/figures";
import { isOver, thresholdOf } from "../model/health";
import { direction, lowerIsBetter, onTarget, peak, type Trend } from "../model/trend";
import { clock, count, DASH, delta, inUnit, latencyParts, percent, type Quantity, rate } from "../ui/format";
import { Kpi } from "./Kpi";
import css from "./kpis.module.css";

const POINTS = 100;

const percentParts = (v: number | null): Quantity => {
  const [value = DASH, unit = ""] = percent(v).split("\u00a0");
  return value.startsWith("<") ? { value: percent(v).replace(/\u00a0%$/, ""), unit: "%" } : { value, unit };
};

/** The six figures that say how it goes. */
export const Kpis = memo(function Kpis({ shown }: { shown: Shown }) {
  const { model, base, scope } = shown;
  const live = !isOver(model.status);
  const own = useMemo(() => figures(shown.model, shown.scope), [shown]);
  const other = useMemo(() => base && figures(base.model, base.scope), [base]);
  const { status } = model;
  // What is now is held against the same moment of the other run.
  const against = (pick: (f: NonNullable<typeof other>) => Figure): number | null => {
    if (!other) return null;
    const figure = pick(other);
    if (!live || pick(own).now === null) return figure.total;
    return readAt(figure, model.times().slice(-1))[0] ?? null;
  };
  const use = (f: Figure): { value: number | null; caption: string } =>
    live && f.now !== null
      ? { value: f.now, caption: "now" }
      : { value: f.total, caption: live ? "since start" : "whole run" };
  const diff = (f: Figure, pick: (f: NonNullable<typeof other>) => Figure): string | undefined => {
    if (!other) return undefined;
    const text = delta(use(f).value, against(pick));
    return text === DASH ? undefined : text;
  };
  const thinned = (v: Values): Values => thin(v, POINTS);
  const ghost = (pick: (f: NonNullable<typeof other>) => Figure): Values | null =>
    other && thin(readAt(pick(other), model.times()), POINTS);
  const alarm = (metric: string): string | undefined => {
    const t = thresholdOf(status, metric);
    return t && !t.passed && scope.kind === "all" && t.value !== null ? `limit ${inUnit(t.limit, t.unit)}` : undefined;
  };
  const percentileKpi = (p: "p50" | "p95" | "p99") => {
    const { value, caption } = use(own[p]);
    return (
      <Kpi
        key={p}
        label={`${p} latency`}
        caption={caption}
        quantity={latencyParts(value)}
        few={value === null}
        trend={live ? lowerIsBetter(own[p].values) : peakOf(own[p], (v) => Object.values(latencyParts(v)).join(" "))}
        delta={diff(own[p], (f) => f[p])}
        alarm={alarm(p)}
        token={`--${p}`}
        values={thinned(own[p].values)}
        base={ghost((f) => f[p])}
      />
    );
  };
  const u = own.users;
  const r = own.rate;
  const e = own.errors;
  const open = r.target !== null && u.target === null;
  return (
    <section className={css["kpis"]} aria-label="Key figures" data-testid="kpis">
      <Kpi
        label="Active users"
        caption={live ? "now" : "peak"}
        quantity={{ value: count(live ? u.now : u.total), unit: "" }}
        trend={live ? (onTarget(u.closed, u.target) ?? direction(u.values)) : null}
        note={live ? userNote(u) : undefined}
        delta={diff(u, (f) => f.users)}
        token="--usr"
        values={thinned(u.values)}
        base={ghost((f) => f.users)}
        least={1}
      />
      <Kpi
        label="Throughput"
        caption={live ? "now" : "mean"}
        quantity={{ value: rate(use(r).value), unit: "req/s" }}
        trend={live ? ((open ? onTarget(r.started, r.target) : null) ?? direction(r.values)) : peakOf(r, rate)}
        delta={diff(r, (f) => f.rate)}
        alarm={alarm("rate")}
        token="--thr"
        values={thinned(r.values)}
        base={ghost((f) => f.rate)}
        least={1}
      />
      {percentileKpi("p50")}
      {percentileKpi("p95")}
      {percentileKpi("p99")}
      <Kpi
        label="Error rate"
        caption={use(e).caption}
        quantity={percentParts(use(e).value)}
        trend={errorTrend(e, live)}
        delta={
          other
            ? points(
                use(e).value,
                against((f) => f.errors),
              )
            : undefined
        }
        alarm={alarm("error_rate")}
        token={e.values.some((v) => v !== null && v > 0) ? "--e-5xx" : "--ghost"}
        values={thinned(e.values)}
        base={ghost((f) => f.errors)}
        least={0.5}
      />
    </section>
  );
});

function userNote({ now, target, closed }: Figures["users"]): string {
  if (target === null) return "as the rate needs";
  return `${count(target)} target${closed === now ? "" : " of the closed loads"}`;
}

/** Where a figure was highest, and when. */
function peakOf(f: Figure, show: (v: number) => string): Trend | null {
  const top = peak(f.values);
  return top && { shape: "▲", word: `peak ${show(top.value)} at ${clock(f.times[top.index])}`, tone: "flat" };
}

function errorTrend(e: Figure, live: boolean): Trend | null {
  const top = peak(e.values);
  if (!top || top.value === 0) return e.total === null ? null : { shape: "●", word: "none", tone: "good" };
  if (live && (e.now ?? 0) < top.value / 2)
    return { shape: "▼", word: `from ${percent(top.value)} peak`, tone: "good" };
  if (live) return lowerIsBetter(e.values);
  return peakOf(e, percent);
}

/** A difference of shares, in percentage points. */
function points(v: number | null, base: number | null): string | undefined {
  if (v === null || base === null) return undefined;
  const d = v - base;
  return `${Math.abs(d) < 0.005 ? "±" : d < 0 ? "\u2212" : "+"}${Math.abs(d).toFixed(2)} pp`;
}
