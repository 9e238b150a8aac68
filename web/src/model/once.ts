import type { RunModel } from "./run";

const kept = new WeakMap<RunModel, { version: number; values: Map<string, unknown> }>();

/** What is made of a run is made once a version: charts and figures share it. */
export function once<T>(model: RunModel, key: string, make: () => T): T {
  let at = kept.get(model);
  if (at?.version !== model.version) {
    at = { version: model.version, values: new Map() };
    kept.set(model, at);
  }
  if (!at.values.has(key)) at.values.set(key, make());
  return at.values.get(key) as T;
}
