import { memo, useMemo } from "react";
import { resample, users, type Values } from "../model/derive";
import { LevelControl } from "../panels/LevelControl";
import { count, short } from "../ui/format";
import { ChartCard } from "./ChartCard";
import { type Shown, timeMarks } from "./context";
import { type ChartSpec, fromZero, type Line } from "./spec";

const colors = ["--s1", "--s2", "--s3", "--s4", "--s5"];

/** Users alive against what the pattern wants. */
export const Users = memo(function Users({ shown }: { shown: Shown }) {
  const { model, base } = shown;
  const several = model.loads.length > 1 && model.loads.length <= colors.length;
  const data = useMemo(() => {
    const { model, base } = shown;
    const x = model.times();
    const { running, target, loads } = users(model);
    const columns: Values[] = [running];
    if (target) columns.push(target);
    if (several) columns.push(...loads);
    if (base) columns.push(resample(base.model.times(), users(base.model).running, x));
    return [[...x], ...columns] as [number[], ...Values[]];
  }, [shown, several]);
  const closed = model.loads.filter((l) => l.model === "users").length;
  const key = `users:${closed}:${several ? model.loads.map((l) => l.scenario).join("|") : ""}:${base !== null}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says it all
  const spec = useMemo((): ChartSpec => {
    const line = (l: Omit<Line, "format">): Line => ({ ...l, format: count });
    return {
      key,
      time: true,
      lines: [
        line({ key: "running", label: several ? "all running" : "running", color: "--usr", area: 0.26 }),
        ...(closed > 0 ? [line({ key: "target", label: "target", color: "--fg2", dash: "target" })] : []),
        ...(several
          ? model.loads.map((l, i) =>
              line({ key: `load${i}`, label: l.scenario, color: colors[i] ?? "--s1", width: 1.25 }),
            )
          : []),
        ...(base ? [line({ key: "base", label: "baseline", color: "--ghost", dash: "ghost" })] : []),
      ],
      y: { format: short, range: fromZero(1) },
      plugins: timeMarks,
    };
  }, [key]);
  const sub =
    closed === 0
      ? "running, as many as the rate needs"
      : closed < model.loads.length
        ? "running, target of the closed loads"
        : "running against the pattern";
  return (
    <ChartCard
      title="Virtual users"
      sub={sub}
      testId="chart-users"
      spec={spec}
      data={data}
      tools={<LevelControl model={model} />}
    />
  );
});
