import type { RunModel } from "./run";
import type { Name } from "./schema";

/**
 * What the charts are about. One name has columns of its own, exact; several
 * have sums, and percentiles of merged cells.
 */
export interface Scope {
  kind: "all" | "one" | "some" | "none";
  names: number[];
  key: string;
}

/** Whether a name holds every word of a filter. */
function holds(name: string, filter: string): boolean {
  const text = name.toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/**
 * What a filter finds: a whole name means just that, or there would be no way to
 * ask for "GET /" alone; anything else means every name that holds its words.
 */
export function finder(names: readonly { name: string }[], filter: string): (name: string) => boolean {
  const words = filter.trim();
  if (words !== "" && names.some((n) => n.name === words)) return (name) => name === words;
  return (name) => holds(name, words);
}

export function scopeOf(model: RunModel, filter: string): Scope {
  const words = filter.trim();
  if (words === "") return { kind: "all", names: model.main, key: `all:${model.main.length}` };
  const finds = finder(model.names, words);
  const found = model.main.filter((i) => finds(model.names[i]?.name ?? ""));
  if (found.length === 0) {
    // A group, or setup and teardown: only alone, their requests are counted elsewhere.
    const others = model.names.flatMap((n, i) => (finds(n.name) ? [i] : []));
    return others.length === 1 ? oneOf(others) : { kind: "none", names: [], key: "none" };
  }
  if (found.length === 1) return oneOf(found);
  return { kind: "some", names: found, key: `some:${found.join()}` };
}

const oneOf = (names: number[]): Scope => ({ kind: "one", names, key: `one:${names.join()}` });

/** The scope of another run that is about the same names. */
export function sameScope(scope: Scope, from: RunModel, to: RunModel): Scope {
  if (scope.kind === "all" || scope.kind === "none") return { ...scope, names: scope.kind === "all" ? to.main : [] };
  const names = scope.names.map((i) => indexIn(to, from.names[i])).filter((i) => i >= 0);
  if (names.length === 0) return { kind: "none", names, key: "none" };
  return names.length === 1 ? oneOf(names) : { kind: "some", names, key: `some:${names.join()}` };
}

/** Where a run has a name of another, or -1. */
export function indexIn(model: RunModel, name: Name | undefined): number {
  if (!name) return -1;
  return model.names.findIndex((n) => n.name === name.name && n.kind === name.kind && n.stage === name.stage);
}
