import { memo, useMemo } from "react";
import { latency, resample, type Values } from "../model/derive";
import type { RunModel } from "../model/run";
import type { Scope } from "../model/scope";
import { get, set, useStore } from "../store";
import { Toggle } from "../ui/Card";
import { axisLatency, latency as latencyText, span } from "../ui/format";
import { ChartCard } from "./ChartCard";
import { readLines } from "./ChartHost";
import { type Shown, scopeText, timeMarks } from "./context";
import { type Limit, limits } from "./plugins/limit";
import { type ChartSpec, fromZero, type Line, logRange, logSplits } from "./spec";

const order = ["p99", "p95", "p50", "p95 baseline"];

/** Limits of percentiles that are about what is shown. */
export function latencyLimits(model: RunModel, scope: Scope): Limit[] {
  const name = scope.kind === "one" ? model.names[scope.names[0] ?? -1]?.name : "";
  return model.status.thresholds
    .filter((t) => t.unit === "ms" && t.op.startsWith("<") && /^p\d/.test(t.metric))
    .filter((t) => t.name === (name ?? "") || (scope.kind === "one" && t.name === ""))
    .map((t) => ({ value: t.limit, label: `${t.metric} limit ${latencyText(t.limit)}`, failed: !t.passed }));
}

const scales = [
  ["linear", "linear"],
  ["log", "log"],
] as const;

/** p50, p95 and p99 over time with what lies between them. */
export const LatencyBands = memo(function LatencyBands({ shown }: { shown: Shown }) {
  const { model, base, scope } = shown;
  const log = useStore((s) => s.log);
  const series = useMemo(() => latency(shown.model, shown.scope), [shown]);
  const other = useMemo(() => base && latency(base.model, base.scope), [base]);
  const ghost = useMemo((): Values | null => other && resample(other.x, other.p95, series.x), [other, series]);
  const key = `latency:${log}:${base !== null}:${scope.key}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says it all
  const spec = useMemo((): ChartSpec => {
    const line = (l: Omit<Line, "format">): Line => ({ ...l, format: latencyText });
    const lines = [
      line({ key: "p50", label: "p50", color: "--p50" }),
      line({ key: "p95", label: "p95", color: "--p95" }),
      line({ key: "p99", label: "p99", color: "--p99" }),
      ...(base ? [line({ key: "base", label: "p95 baseline", color: "--ghost", dash: "ghost" })] : []),
    ];
    return {
      key,
      time: true,
      lines,
      bands: [
        { upper: "p95", lower: "p50", color: "--p50", alpha: 0.13 },
        { upper: "p99", lower: "p95", color: "--p95", alpha: 0.14 },
      ],
      y: {
        format: axisLatency,
        log,
        range: log ? logRange : fromZero(0.001),
        ...(log ? { splits: logSplits } : {}),
      },
      // From top to bottom, as they lie in the chart.
      read: (i, u) => readLines(lines, i, u).sort((a, b) => order.indexOf(a.label) - order.indexOf(b.label)),
      plugins: () => [
        ...timeMarks(),
        limits(() => {
          const now = get().model;
          return now ? latencyLimits(now, scope) : [];
        }),
      ],
    };
  }, [key]);
  const precision = series.exact ? "" : " · ±3 %";
  const empty = series.p50.every((v) => v === null);
  return (
    <ChartCard
      title="Latency percentiles"
      sub={`${scopeText(shown)} · ${span(series.window)} windows${precision}`}
      testId="chart-latency"
      spec={spec}
      data={[
        series.x === model.times() ? [...series.x] : series.x,
        series.p50,
        series.p95,
        series.p99,
        ...(ghost ? [ghost] : []),
      ]}
      tools={
        <Toggle
          label="Scale"
          options={scales}
          value={log ? "log" : "linear"}
          onChange={(v) => set({ log: v === "log" })}
        />
      }
      none={empty ? "Too few requests for percentiles" : undefined}
    />
  );
});
