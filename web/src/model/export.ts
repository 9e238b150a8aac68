import type { RunModel } from "./run";

type Cell = string | number | null;

interface Table {
  head: string[];
  rows: Cell[][];
}

const series: [id: string, head: string, divisor: number][] = [
  ["t.requests", "requests", 1],
  ["t.errors", "errors", 1],
  ["t.p50", "p50_ms", 1000],
  ["t.p90", "p90_ms", 1000],
  ["t.p95", "p95_ms", 1000],
  ["t.p99", "p99_ms", 1000],
  ["t.max", "max_ms", 1000],
  ["t.out", "bytes_sent", 1],
  ["t.in", "bytes_received", 1],
];

function timeseries(model: RunModel): Table {
  const loads = model.loads.flatMap((l, i): typeof series => [
    [`l.${i}.active`, `${l.scenario}_active`, 1],
    [`l.${i}.target`, `${l.scenario}_target`, 1000],
  ]);
  const columns = [...series, ...loads];
  const values = columns.map(([id]) => model.column(id));
  const seconds = model.column("t.seconds");
  const rows: Cell[][] = [];
  model.times().forEach((t, i) => {
    // A second without data has no row, as in the files of `loadforge report`.
    if (seconds && seconds[i] === 0) return;
    rows.push([t, ...columns.map(([, , divisor], k) => known(values[k]?.[i], divisor))]);
  });
  return { head: ["second", ...columns.map(([, head]) => head)], rows };
}

const known = (v: number | undefined, divisor: number): number | null =>
  v === undefined || Number.isNaN(v) ? null : v / divisor;

function endpoints(model: RunModel): Table {
  const rows = model.names.flatMap((name, i): Cell[][] => {
    const t = model.status.names[i];
    if (!t) return [];
    const l = t.response_ms;
    return [
      [
        name.name,
        name.kind,
        name.stage,
        t.count,
        t.errors,
        t.error_rate,
        t.requests_per_s,
        l.min,
        l.mean,
        l.p50,
        l.p90,
        l.p95,
        l.p99,
        l.p999,
        l.max,
        t.bytes_sent,
        t.bytes_received,
      ],
    ];
  });
  const head =
    "name,kind,stage,count,errors,error_rate,requests_per_s,min_ms,mean_ms,p50_ms,p90_ms,p95_ms,p99_ms,p999_ms,max_ms,bytes_sent,bytes_received";
  return { head: head.split(","), rows };
}

export const csvFiles = { timeseries, endpoints };

/** All that is known of the whole run, without the seconds. */
export function resultJson(model: RunModel): string {
  const { run, loads, events, status, names } = model;
  const { names: totals, loads: progress, ...rest } = status;
  const requests = names.map((n, i) => ({ ...n, ...totals[i] }));
  return `${JSON.stringify({ run, loads: loads.map((l, i) => ({ ...l, ...progress[i] })), ...rest, requests, events }, null, 2)}\n`;
}
