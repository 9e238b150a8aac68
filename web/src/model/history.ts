import type { RunSummary } from "./schema";

/** The runs of one test, the oldest first. */
export interface TestHistory {
  test: string;
  runs: RunSummary[];
}

export type RunSort =
  | "started"
  | "test"
  | "state"
  | "duration_s"
  | "requests"
  | "requests_per_s"
  | "p50_ms"
  | "p95_ms"
  | "p99_ms"
  | "error_rate";

export function byTest(runs: RunSummary[]): TestHistory[] {
  const tests = new Map<string, RunSummary[]>();
  for (const run of runs) tests.set(run.test, [...(tests.get(run.test) ?? []), run]);
  return [...tests].map(([test, list]) => ({ test, runs: list.sort((a, b) => when(a) - when(b)) }));
}

const when = (run: RunSummary): number => Date.parse(run.started) || 0;

export function arrangeRuns(runs: RunSummary[], filter: string, key: RunSort, up: boolean): RunSummary[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const sign = up ? 1 : -1;
  const value = (r: RunSummary): number | string =>
    key === "started" ? when(r) : (r[key] ?? Number.NEGATIVE_INFINITY);
  return runs
    .filter((r) => {
      const text = `${r.test} ${r.id} ${r.state} ${r.target} ${r.pattern} ${r.verdict}`.toLowerCase();
      return words.every((w) => text.includes(w));
    })
    .sort((a, b) => {
      const x = value(a);
      const y = value(b);
      return x < y ? -sign : x > y ? sign : when(b) - when(a);
    });
}

/** Two runs to compare: the later one is seen, the earlier one is the ghost. */
export function comparison(runs: RunSummary[], picked: ReadonlySet<string>): { run: string; baseline: string } | null {
  const [a, b] = runs.filter((r) => picked.has(r.id)).sort((p, q) => when(q) - when(p));
  return a && b ? { run: a.id, baseline: b.id } : null;
}

export const runUrl = (id: string, baseline?: string): string =>
  `runs/${encodeURIComponent(id)}/${baseline ? `?baseline=${encodeURIComponent(baseline)}` : ""}`;
