import { memo, useMemo } from "react";
import { errorStacks, errorsPerSecond, resample, type Values } from "../model/derive";
import { perSecond, short } from "../ui/format";
import { classColor, className } from "../ui/theme";
import { ChartCard } from "./ChartCard";
import { type Shown, scopeText, timeMarks } from "./context";
import { tableOf } from "./export";
import { stack } from "./plugins/stack";
import { type ChartSpec, fromZero, type Line, type Reading } from "./spec";

/** Errors a second by class, on top of each other. */
export const Errors = memo(function Errors({ shown }: { shown: Shown }) {
  const { base } = shown;
  const { classes, values, sums } = useMemo(() => {
    const stacks = errorStacks(shown.model, shown.scope);
    return { ...stacks, sums: runningSums(stacks.values) };
  }, [shown]);
  const [x, nothing, ghost] = useMemo((): [number[], Values, Values[]] => {
    const { model, base } = shown;
    const x = [...model.times()];
    const other = base && resample(base.model.times(), errorsPerSecond(base.model, base.scope), x);
    return [x, x.map(() => null), other ? [other] : []];
  }, [shown]);
  const key = `errors:${classes.join()}:${base !== null}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says it all
  const spec = useMemo((): ChartSpec => {
    const bar = (key: string, label: string, color: string): Line => ({
      key,
      label,
      color,
      sign: "square",
      drawn: true,
      format: perSecond,
    });
    const bars = classes.map((c) => bar(c, className(c), classColor(c)));
    const lines = bars.length > 0 ? [...bars] : [bar("none", "errors", "--e-5xx")];
    if (base) lines.push({ key: "base", label: "baseline", color: "--ghost", dash: "ghost", format: perSecond });
    return {
      key,
      time: true,
      lines,
      y: { format: short, range: fromZero(0.5) },
      plugins: () => [...timeMarks(), stack(classes.map(classColor))],
      read: (i, u) => {
        const data = u.data as unknown as Values[];
        const readings = readStack(bars, i, data);
        const other = base ? (data.at(-1)?.[i] ?? null) : null;
        if (other !== null) readings.push({ color: "--ghost", label: "baseline", value: perSecond(other) });
        return readings;
      },
    };
  }, [key]);
  const sub = `per second, by class · ${scopeText(shown)}`;
  return (
    <ChartCard
      title="Errors"
      sub={sub}
      testId="chart-errors"
      spec={spec}
      data={[x, ...(sums.length > 0 ? sums : [nothing]), ...ghost]}
      none={classes.length === 0 && ghost.length === 0 ? "No errors" : undefined}
      table={() => tableOf("seconds", spec.lines, [x, ...(values.length > 0 ? values : [nothing]), ...ghost])}
    />
  );
});

function runningSums(values: Values[]): Values[] {
  const out: Values[] = [];
  for (const list of values) {
    const below = out.at(-1);
    out.push(below ? list.map((v, i) => (v === null ? null : v + (below[i] ?? 0))) : list);
  }
  return out;
}

function readStack(lines: Line[], i: number, data: Values[]): Reading[] {
  const out: Reading[] = [];
  let below = 0;
  lines.forEach((l, k) => {
    const sum = data[k + 1]?.[i] ?? null;
    if (sum === null) return;
    if (sum - below > 0) out.push({ color: l.color, label: l.label, value: perSecond(sum - below) });
    below = sum;
  });
  return out.length > 0 ? out.reverse() : [{ label: "no errors", value: "" }];
}
