import type { RunModel } from "./run";
import type { Load } from "./schema";

/** The load whose phases stand for the run: the longest with several. */
export function longest(model: RunModel | null): Load | undefined {
  return [...(model?.loads ?? [])].sort(
    (a, b) => Number(b.phases.length > 1) - Number(a.phases.length > 1) || b.duration_s - a.duration_s,
  )[0];
}

/** The name of the run's phase at a moment. */
export const phaseAt = (model: RunModel, at: number): string | undefined =>
  longest(model)?.phases.find((p) => at >= p.start_s && at < p.end_s)?.name;
