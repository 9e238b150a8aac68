import { memo, useMemo } from "react";
import { errorStacks, type Values } from "../model/derive";
import { perSecond, short } from "../ui/format";
import { classColor, className } from "../ui/theme";
import { ChartCard } from "./ChartCard";
import { type Shown, scopeText, timeMarks } from "./context";
import { tableOf } from "./export";
import { stack } from "./plugins/stack";
import { type ChartSpec, fromZero, type Line, type Reading } from "./spec";

/** Errors a second by class, on top of each other. */
export const Errors = memo(function Errors({ shown }: { shown: Shown }) {
  const { model } = shown;
  const { classes, values, sums } = useMemo(() => {
    const stacks = errorStacks(shown.model, shown.scope);
    return { ...stacks, sums: runningSums(stacks.values) };
  }, [shown]);
  const x = useMemo(() => [...shown.model.times()], [shown]);
  const key = `errors:${classes.join()}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says it all
  const spec = useMemo((): ChartSpec => {
    const lines = classes.map(
      (c): Line => ({
        key: c,
        label: className(c),
        color: classColor(c),
        sign: "square",
        drawn: true,
        format: perSecond,
      }),
    );
    return {
      key,
      time: true,
      lines:
        lines.length > 0
          ? lines
          : [{ key: "none", label: "errors", color: "--e-5xx", drawn: true, sign: "square", format: perSecond }],
      y: { format: short, range: fromZero(5) },
      plugins: () => [...timeMarks(), stack(classes.map(classColor))],
      read: (i, u) => readStack(lines, i, u.data as unknown as Values[]),
    };
  }, [key]);
  const nothing = model.times().map(() => null);
  const sub = `per second, by class · ${scopeText(shown)}`;
  return (
    <ChartCard
      title="Errors"
      sub={sub}
      testId="chart-errors"
      spec={spec}
      data={[x, ...(sums.length > 0 ? sums : [nothing])]}
      none={classes.length === 0 ? "No errors" : undefined}
      table={() => tableOf("seconds", spec.lines, [x, ...(values.length > 0 ? values : [nothing])])}
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
