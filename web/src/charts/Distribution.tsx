import { memo, useMemo } from "react";
import type uPlot from "uplot";
import { Histogram } from "../model/histogram";
import { useStore } from "../store";
import { axisLatency, latency } from "../ui/format";
import { color } from "../ui/theme";
import { ChartCard } from "./ChartCard";
import { type Shown, scopeText } from "./context";
import { BOLD, scaled } from "./options";
import { type ChartSpec, fromZero, type Line, logRange, logSplits } from "./spec";

const nines: [number, string][] = [
  [0, "min"],
  [0.30103, "p50"],
  [1, "p90"],
  [1.30103, "p95"],
  [2, "p99"],
  [3, "p99.9"],
  [4, "p99.99"],
  [5, "p99.999"],
  [6, "p99.9999"],
];

/** The percentile at a place on the axis of nines. */
function percentile(x: number): string {
  const p = 100 * (1 - 10 ** -x);
  return `p${p
    .toFixed(Math.max(0, Math.min(6, Math.ceil(x) - (x < 1 ? 0 : 1))))
    .replace(/(\.\d*?)0+$/, "$1")
    .replace(/\.$/, "")}`;
}

/** How long which share of the requests took, with the tail drawn out. */
export const Distribution = memo(function Distribution({ shown }: { shown: Shown }) {
  const { base } = shown;
  const log = useStore((s) => s.log);
  const other = useMemo(
    () => base?.model.distribution(base.scope.names, base.scope.kind === "all").histogram.nines(),
    [base],
  );
  const { data, exact, end } = useMemo(() => {
    const { model, scope } = shown;
    const own = model.distribution(scope.names, scope.kind === "all");
    const curve = own.histogram.nines();
    const columns: uPlot.AlignedData = [curve.x, curve.y];
    if (other) columns.push(curve.x.map((x) => Histogram.at(other, x)));
    return { data: columns, exact: own.exact, end: Math.max(curve.x.at(-1) ?? 1, 1) };
  }, [shown, other]);
  const key = `distribution:${base !== null}:${log}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says it all
  const spec = useMemo((): ChartSpec => {
    const line = (l: Omit<Line, "format">): Line => ({ ...l, format: latency });
    return {
      key,
      time: false,
      lines: [
        line({ key: "run", label: "this run", color: "--ember", area: 0.24 }),
        ...(base ? [line({ key: "base", label: "baseline", color: "--ghost", dash: "ghost" })] : []),
      ],
      y: { format: axisLatency, log, range: log ? logRange : fromZero(0.001), ...(log ? { splits: logSplits } : {}) },
      xFormat: label,
      xSplits: splits,
      plugins: () => [marks],
    };
  }, [key]);
  return (
    <ChartCard
      title="Percentile distribution"
      sub={`whole run · ${scopeText(shown)}${exact ? "" : " · ±3 %"}`}
      testId="chart-distribution"
      spec={{ ...spec, xRange: () => [0, end * 1.02] }}
      data={data}
      none={data[0].length === 0 ? "No requests yet" : undefined}
    />
  );
});

// On a narrow chart min and p95 would lie on their neighbours.
function splits(u: uPlot): number[] {
  const max = u.scales["x"]?.max ?? 1;
  const tight = u.width / Math.max(max, 1) < 110;
  return nines.map(([x]) => x).filter((x) => x <= max && !(tight && (x === 0 || x === 1.30103)));
}

const label = (x: number): string => nines.find(([at]) => Math.abs(at - x) < 1e-9)?.[1] ?? percentile(x);

// The percentiles people talk about, said on the curve.
const marks: uPlot.Plugin = {
  hooks: {
    draw: (u) => {
      const { ctx } = u;
      const r = devicePixelRatio;
      const curve = { x: u.data[0] as number[], y: u.data[1] as number[] };
      ctx.save();
      ctx.font = scaled(BOLD);
      ctx.textAlign = "right";
      ctx.textBaseline = "bottom";
      ctx.setLineDash([]);
      for (const at of [1.30103, 2, 3]) {
        const value = Histogram.at(curve, at);
        if (value === null) continue;
        const x = u.valToPos(at, "x", true);
        const y = u.valToPos(value, "y", true);
        ctx.fillStyle = color("--card");
        ctx.strokeStyle = color("--ember");
        ctx.lineWidth = 1.75 * r;
        ctx.beginPath();
        ctx.arc(x, y, 3.6 * r, 0, 2 * Math.PI);
        ctx.fill();
        ctx.stroke();
        ctx.lineWidth = 3 * r;
        ctx.strokeStyle = color("--card");
        ctx.strokeText(latency(value), x - 6 * r, y - 5 * r);
        ctx.fillStyle = color("--fg");
        ctx.fillText(latency(value), x - 6 * r, y - 5 * r);
      }
      ctx.restore();
    },
  },
};
