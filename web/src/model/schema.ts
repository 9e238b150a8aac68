// What Go says about a run, as docs/page-data.md fixes it. Everything here is
// read once, at the edge (tidyPage, tidyStatus); behind it lists are lists.

export interface Axis {
  count: number;
  width_s: number;
}

export interface Run {
  id: string;
  test: string;
  version: string;
  host: string;
  target: string;
  started: string;
  duration_s: number;
  warmup_s: number;
  seed: string;
  workers: number;
  settings: Record<string, string>;
}

export interface Phase {
  name: string;
  start_s: number;
  end_s: number;
  from: number;
  to: number;
}

export interface Load {
  scenario: string;
  model: "users" | "rate";
  pattern: string;
  offset_s: number;
  duration_s: number;
  peak: number;
  max_users: number;
  phases: Phase[];
  curve: number[];
}

export interface Name {
  name: string;
  kind: "request" | "group";
  stage: "main" | "setup" | "teardown";
}

export interface RunEvent {
  at_s: number;
  kind: "annotation" | "message" | "warmed_up" | "threshold" | "users";
  text: string;
  passed?: boolean;
}

export interface Latency {
  count: number;
  min: number | null;
  mean: number | null;
  max: number | null;
  p50: number | null;
  p75: number | null;
  p90: number | null;
  p95: number | null;
  p99: number | null;
  p999: number | null;
  ci50?: [number, number];
  ci95?: [number, number];
  ci99?: [number, number];
}

export interface Totals {
  requests: number;
  errors: number;
  error_rate: number;
  requests_per_s: number;
  cancelled: number;
  iterations: number;
  iterations_failed: number;
  interrupted_iterations: number;
  dropped_iterations: number;
  late_iterations: number;
  bytes_sent: number;
  bytes_received: number;
  peak_users: number;
  checks: number;
  checks_failed: number;
  setup_failed: number;
  panics: number;
  response_ms: Latency;
  service_ms: Latency;
  start_lag_ms: Latency;
}

export interface NameTotals {
  count: number;
  errors: number;
  error_rate: number;
  requests_per_s: number;
  bytes_sent: number;
  bytes_received: number;
  status: Record<string, number>;
  classes: Record<string, number>;
  response_ms: Latency;
  service_ms: Latency;
  phases_ms: { dns: Latency; connect: Latency; tls: Latency; ttfb: Latency };
}

export interface Threshold {
  rule: string;
  metric: string;
  name: string;
  op: string;
  limit: number;
  unit: string;
  value: number | null;
  latest: number | null;
  distance: number | null;
  window_s: number;
  at_s: number;
  passed: boolean;
  aborted: boolean;
}

export interface ErrorGroup {
  class: string;
  name: string;
  message: string;
  detail: string;
  count: number;
  first_s: number;
  last_s: number;
}

export interface Check {
  name: string;
  passed: number;
  failed: number;
}

export interface LoadTotals {
  finished: number;
  failed: number;
  dropped: number;
  scheduled: number;
  started: number;
  late: number;
  peak: number;
}

export interface Address {
  /** Of the host; "(other)" for all past the limit, with an address of "". */
  name: string;
  address: string;
  connections: number;
}

export interface Generator {
  cpu_mean: number;
  cpu_peak: number;
  lag_p99_ms: number | null;
  sched_p99_peak_ms: number;
  gc_pause_max_ms: number;
  heap_peak_bytes: number;
  fds_peak: number;
  fd_limit: number;
  ports_peak: number;
  port_range: number;
  stall_max_ms: number;
  clock_gap_max_ms: number;
  own_errors: number;
  names_overflow: number;
  seconds: number;
  missing: number;
  partial: number;
}

export interface WorkerStatus {
  id: number;
  name: string;
  requests: number;
  active: number;
  share: number;
  lost: boolean;
  cpu: number;
}

export interface Verdict {
  state: "valid" | "degraded" | "invalid";
  reasons: string[];
}

export interface Status {
  state: "waiting" | "setup" | "running" | "stopping" | "finished" | "cut";
  elapsed_s: number;
  message: string;
  passed: boolean | null;
  interrupted: boolean;
  aborted: string;
  error: string;
  verdict: Verdict;
  thresholds: Threshold[];
  totals: Totals;
  names: NameTotals[];
  errors: ErrorGroup[];
  checks: Check[];
  loads: LoadTotals[];
  addresses: Address[];
  generator: Generator;
  workers: WorkerStatus[];
  controls: boolean;
}

export interface ColumnHead {
  id: string;
  n: number;
  opt?: true;
}

export interface PageHead {
  v: 1;
  seq: number;
  run: Run;
  loads: Load[];
  status: Status;
  events: RunEvent[];
  names: Name[];
  buckets: Axis;
  cells: Axis;
  columns: ColumnHead[];
}

/** One row of the stream: a bucket as it is now. */
export interface Row {
  b: number;
  names: Name[];
  v: Record<string, number | null>;
  /** Null where it is no longer known: the earlier one stays. */
  heat: Record<string, number[]> | null;
}

/** A run as the history lists it. */
export interface RunSummary {
  id: string;
  test: string;
  started: string;
  duration_s: number;
  state: "passed" | "failed" | "interrupted" | "cut" | "live" | "error";
  verdict: string;
  requests: number | null;
  requests_per_s: number | null;
  error_rate: number | null;
  p50_ms: number | null;
  p95_ms: number | null;
  p99_ms: number | null;
  target: string;
  pattern: string;
}

type Loose = Record<string, unknown>;

const list = <T>(value: unknown): T[] => (Array.isArray(value) ? (value as T[]) : []);
const dict = <T>(value: unknown): Record<string, T> => (value && typeof value === "object" ? (value as never) : {});

const noLatency: Latency = {
  count: 0,
  min: null,
  mean: null,
  max: null,
  p50: null,
  p75: null,
  p90: null,
  p95: null,
  p99: null,
  p999: null,
};

const latency = (value: unknown): Latency => ({ ...noLatency, ...dict(value) });

export function tidyNameTotals(value: unknown): NameTotals {
  const raw = dict<unknown>(value);
  const phases = dict<unknown>(raw["phases_ms"]);
  return {
    count: 0,
    errors: 0,
    error_rate: 0,
    requests_per_s: 0,
    bytes_sent: 0,
    bytes_received: 0,
    ...raw,
    status: dict(raw["status"]),
    classes: dict(raw["classes"]),
    response_ms: latency(raw["response_ms"]),
    service_ms: latency(raw["service_ms"]),
    phases_ms: {
      dns: latency(phases["dns"]),
      connect: latency(phases["connect"]),
      tls: latency(phases["tls"]),
      ttfb: latency(phases["ttfb"]),
    },
  };
}

/** Reads a status. Names that were left out are those of the one before. */
export function tidyStatus(value: unknown, before?: NameTotals[]): Status {
  const raw = value as Loose & Status;
  const totals = dict<unknown>(raw.totals);
  return {
    ...raw,
    verdict: { state: raw.verdict?.state ?? "valid", reasons: list(raw.verdict?.reasons) },
    thresholds: list(raw.thresholds),
    totals: {
      ...(raw.totals as Totals),
      response_ms: latency(totals["response_ms"]),
      service_ms: latency(totals["service_ms"]),
      start_lag_ms: latency(totals["start_lag_ms"]),
    },
    names: raw.names ? list(raw.names).map(tidyNameTotals) : (before ?? []),
    errors: list(raw.errors),
    checks: list(raw.checks),
    loads: list(raw.loads),
    addresses: list(raw.addresses),
    workers: list(raw.workers),
  };
}

/** Reads the JSON at the head of a page; refuses what a newer LoadForge wrote. */
export function tidyPage(value: unknown): PageHead {
  const raw = value as Loose & PageHead;
  if (raw?.v !== 1) throw new Error("This page was written by another version of LoadForge and can't be read here.");
  return {
    ...raw,
    run: { ...raw.run, settings: dict(raw.run.settings) },
    loads: list<Load>(raw.loads).map((l) => ({ ...l, phases: list(l.phases), curve: list(l.curve) })),
    status: tidyStatus(raw.status),
    events: list(raw.events),
    names: list(raw.names),
    columns: list(raw.columns),
  };
}

export function tidyRow(value: unknown): Row {
  const raw = value as Loose & Row;
  return { b: raw.b, names: list(raw.names), v: dict(raw.v), heat: raw.heat ?? null };
}
