import { memo, useMemo } from "react";
import { arrivals, requestRate, resample, type Values } from "../model/derive";
import { perSecond, short } from "../ui/format";
import { ChartCard } from "./ChartCard";
import { type Shown, scopeText, timeMarks } from "./context";
import { type ChartSpec, fromZero, type Line } from "./spec";

/** Requests a second, and for open loads the iterations that were due and started. */
export const Throughput = memo(function Throughput({ shown }: { shown: Shown }) {
  const { model, base } = shown;
  const other = useMemo(() => base && requestRate(base.model, base.scope), [base]);
  const data = useMemo(() => {
    const { model, base, scope } = shown;
    const x = model.times();
    const columns: Values[] = [requestRate(model, scope)];
    const due = arrivals(model);
    if (due) columns.push(due.target, due.started);
    if (base && other) columns.push(resample(base.model.times(), other, x));
    return { x: [...x], columns };
  }, [shown, other]);
  const open = model.loads.some((l) => l.model === "rate");
  const key = `throughput:${open}:${base !== null}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says it all
  const spec = useMemo((): ChartSpec => {
    const line = (l: Omit<Line, "format">): Line => ({ ...l, format: perSecond });
    return {
      key,
      time: true,
      lines: [
        line({ key: "requests", label: "requests", color: "--thr", area: 0.26 }),
        ...(open
          ? [
              line({ key: "target", label: "target iterations", color: "--fg2", dash: "target" }),
              line({ key: "started", label: "started", color: "--usr", width: 1.25 }),
            ]
          : []),
        ...(base ? [line({ key: "base", label: "baseline", color: "--ghost", dash: "ghost" })] : []),
      ],
      y: { format: short, range: fromZero(1) },
      plugins: timeMarks,
    };
  }, [key]);
  return (
    <ChartCard
      title="Throughput"
      sub={`requests per second · ${scopeText(shown)}`}
      testId="chart-throughput"
      spec={spec}
      data={[data.x, ...data.columns]}
      none={data.columns[0]?.every((v) => v === null) ? "No requests yet" : undefined}
    />
  );
});
