import { useDeferredValue, useMemo } from "react";
import type uPlot from "uplot";
import { longest } from "../model/phases";
import type { RunModel } from "../model/run";
import { type Scope, sameScope, scopeOf } from "../model/scope";
import { get, useStore } from "../store";
import { annotations } from "./plugins/annotations";
import { phases } from "./plugins/phases";

export interface Shown {
  model: RunModel;
  version: number;
  scope: Scope;
  /** The run to compare with, if it is wanted, and the same names in it. */
  base: { model: RunModel; scope: Scope } | null;
  /** Changes when panels appear, and when the run is over. */
  stage: string;
}

/** What all charts and figures are about now. */
export function useShown(model: RunModel): Shown {
  const version = useStore((s) => s.version);
  // Typing goes before what it finds: with hundreds of names that takes a moment.
  const filter = useDeferredValue(useStore((s) => s.filter));
  const baseline = useStore((s) => (s.compare ? s.baseline : null));
  const names = model.names.length;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the model changes in place; names and version tell
  const scope = useMemo(() => scopeOf(model, filter), [model, filter, names]);
  const base = useMemo(
    () => baseline && { model: baseline.model, scope: sameScope(scope, model, baseline.model) },
    [baseline, scope, model],
  );
  const { passed, checks, workers } = model.status;
  const stage = `${passed} ${checks.length > 0} ${workers.length > 1}`;
  return useMemo(() => ({ model, version, scope, base, stage }), [model, version, scope, base, stage]);
}

/** Phases below and events over a chart over time; read when it is drawn. */
export function timeMarks(): uPlot.Plugin[] {
  const model = (): RunModel | null => get().model;
  const live = (): boolean => model()?.status.state === "running" && get().source === "live";
  return [
    phases(
      () => longest(model())?.phases ?? [],
      () => model()?.run.warmup_s ?? 0,
      () => (live() ? (model()?.status.elapsed_s ?? null) : null),
    ),
    annotations(() => model()?.events ?? []),
  ];
}

/** How a scope reads in the line below a title. */
export function scopeText(shown: Shown): string {
  const { scope, model } = shown;
  if (scope.kind === "all") return "all requests";
  if (scope.kind === "none") return "nothing matches the filter";
  if (scope.kind === "one") return model.names[scope.names[0] ?? 0]?.name ?? "";
  return `${scope.names.length} endpoints`;
}
