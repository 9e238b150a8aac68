// A made-up run in the shape that Go writes.
import { deflateRawSync } from "node:zlib";
import { VarintWriter } from "../codec/varint";
import type { Latency, Load, Name, NameTotals, PageHead, Row, RunEvent, Status } from "../model/schema";
import { addTo, bucketOf, latencyOf, pairsOf } from "./counts";
import { endpoints, levelAt, madeEvents, madeLoads } from "./plan";

export interface Recipe {
  seconds: number;
  planned?: number;
  names?: number;
  seed?: number;
  rate?: boolean;
  loads?: 1 | 2;
  workers?: number;
  bad?: number;
  state?: Status["state"];
  live?: boolean;
  gap?: [number, number];
  volume?: number;
}

/** A run made second by second; the page is what it has been so far. */
export class Made {
  readonly names: Name[] = [];
  readonly rows: Row[] = [];
  readonly cells: Map<number, number>[][] = [];
  readonly dists: Map<number, number>[] = [];
  private readonly sums = new Map<string, number>();
  private worst = 0;
  readonly total: number;
  private state: number;
  private wander = 0;
  private active = 50;
  private readonly parts: { share: number; slow: number }[] = [];

  constructor(readonly recipe: Recipe) {
    this.total = recipe.planned ?? recipe.seconds;
    this.state = recipe.seed ?? 20261123;
    const n = recipe.names ?? 8;
    for (let i = 0; i < n; i++) {
      const base = endpoints[i % endpoints.length] as (typeof endpoints)[number];
      const name = i < endpoints.length ? base[0] : `${base[0]}/v${Math.floor(i / endpoints.length)}`;
      this.names.push({ name, kind: "request", stage: "main" });
      this.parts.push({ share: base[1] / (1 + Math.floor(i / endpoints.length)), slow: base[2] });
    }
    this.names.push({ name: "buy something", kind: "group", stage: "main" });
    this.parts.push({ share: 0, slow: 9 });
    this.names.push({ name: "POST /session", kind: "request", stage: "setup" });
    this.parts.push({ share: 0, slow: 3 });
    for (const _ of this.names) {
      this.cells.push([]);
      this.dists.push(new Map());
    }
    for (let t = 0; t < recipe.seconds; t++) this.step();
  }

  private random(): number {
    this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0;
    return this.state / 4294967296;
  }

  private gauss(): number {
    return Math.sqrt(-2 * Math.log(this.random() + 1e-9)) * Math.cos(6.2832 * this.random());
  }

  /** Makes the next second and returns its row. */
  step(): Row {
    const { recipe } = this;
    const t = this.rows.length;
    const u = t / this.total;
    const target = levelAt(t / this.total);
    const bad = recipe.bad ?? 1;
    this.active += (target - this.active) * 0.45;
    const active = Math.max(0, Math.round(this.active + this.gauss() * 2));
    this.wander = this.wander * 0.9 + this.gauss() * 0.016;
    const spike = u > 0.51 && u < 0.62 ? Math.min(1, (u - 0.51) / 0.02) * Math.min(1, (0.62 - u) / 0.03) * bad : 0;
    const deploy = u >= 0.26 && u < 0.28 ? bad * (1 - (u - 0.26) / 0.02) : 0;
    const full = active / 1250;
    const v: Record<string, number | null> = {};
    const heat: Record<string, number[]> = {};
    const gap = recipe.gap && t >= recipe.gap[0] && t < recipe.gap[1];
    if (gap) {
      return this.keep({ b: t, names: [], v, heat });
    }
    const volume = recipe.volume ?? 1;
    const shares = this.parts.reduce((s, p) => s + p.share, 0);
    const rps = Math.max(0, active * 6.8 * volume * (1 - spike * 0.2 - deploy * 0.05) + this.gauss() * 26 * volume);
    const median = (16 + 13 * full * full) * Math.exp(this.wander) * (1 + spike * 1.2 + deploy * 0.5);
    const all = new Map<number, number>();
    let requests = 0;
    let errors = 0;
    const classes: Record<string, number> = {};
    const cellAt = Math.floor(t / this.span());
    this.names.forEach((name, i) => {
      const part = this.parts[i] as { share: number; slow: number };
      let n = Math.round((rps * part.share) / shares);
      if (name.kind === "group") n = Math.round(rps * 0.03);
      if (name.stage === "setup") n = t < this.total / 6 ? 6 : 0;
      if (n === 0) return;
      const counts = new Map<number, number>();
      const samples = Math.min(n, 160);
      const slow = i === 4 ? 1 + spike * 2.6 : 1 + spike * 0.3;
      for (let k = 0; k < samples; k++) {
        const tail = this.random() < 0.03 ? 2 + this.random() * 2 : 1;
        const ms = median * 0.62 * part.slow * slow * Math.exp(this.gauss() * (0.36 + spike * 0.35)) * tail;
        addTo(counts, bucketOf(ms * 1e6), 1);
      }
      const factor = n / samples;
      let have = 0;
      const scaled = new Map<number, number>();
      const keys = [...counts.keys()].sort((p, q) => p - q);
      for (const [k, b] of keys.entries()) {
        const c =
          k === keys.length - 1
            ? n - have
            : Math.min(n - have, Math.floor((counts.get(b) as number) * factor + this.random()));
        if (c <= 0) continue;
        have += c;
        scaled.set(b, c);
      }
      if (have < n && keys[0] !== undefined) addTo(scaled, keys[keys.length >> 1] as number, n - have);
      const cell = new Map<number, number>();
      for (const [b, c] of scaled) {
        addTo(cell, b >> 3, c);
        addTo(this.dists[i] as Map<number, number>, b, c);
        if (name.kind === "request" && name.stage === "main") addTo(all, b, c);
      }
      heat[i] = pairsOf(cell);
      const mine = this.cells[i] as Map<number, number>[];
      while (mine.length <= cellAt) mine.push(new Map());
      for (const [b, c] of cell) addTo(mine[cellAt] as Map<number, number>, b, c);
      const l = latencyOf(scaled, 1);
      v[`n.${i}.requests`] = n;
      for (const p of ["p50", "p95", "p99", "max"] as const)
        v[`n.${i}.${p}`] = l[p] === null ? null : Math.round(l[p] * 1000);
      const e: Record<string, number> = {};
      if (i === 4) {
        e["status_5xx"] = Math.round(spike * 34 * volume * (0.8 + this.random() * 0.4));
        e["timeout"] = spike > 0.4 ? Math.round(spike * 17 * volume * (0.6 + this.random() * 0.8)) : 0;
      }
      if (i === 2) e["reset"] = Math.round(deploy * 22 * volume);
      if (i === 7) e["status_4xx"] = this.random() < 0.3 ? Math.round(2 * volume + spike * 9) : 0;
      let failed = 0;
      for (const [c, k] of Object.entries(e)) {
        const few = Math.min(k, n - failed);
        if (few <= 0) continue;
        failed += few;
        v[`n.${i}.c.${c}`] = few;
        classes[c] = (classes[c] ?? 0) + few;
      }
      v[`n.${i}.errors`] = failed;
      if (name.kind === "request" && name.stage === "main") {
        requests += n;
        errors += failed;
      }
    });
    const l = latencyOf(all, 1);
    Object.assign(v, { "t.seconds": 1, "t.length": 1000, "t.requests": requests, "t.errors": errors });
    Object.assign(v, {
      "t.out": requests * 410,
      "t.in": requests * 5230,
      "t.iterations": Math.round(requests / 5),
      "t.failed": errors,
    });
    for (const p of ["p50", "p90", "p95", "p99", "max", "mean"] as const)
      v[`t.${p}`] = l[p] === null ? null : Math.round(l[p] * 1000);
    for (const p of ["50", "95", "99"] as const) {
      const of = l[`p${p}`];
      v[`t.s${p}`] = of === null ? null : Math.round(of * 940);
    }
    for (const [c, k] of Object.entries(classes)) v[`t.c.${c}`] = k;
    v["l.0.active"] = active;
    const rated = this.recipe.rate ? target * 1.36 * volume : target;
    v["l.0.target"] = Math.round(rated * 1000);
    v["l.0.scheduled"] = Math.round(rated);
    v["l.0.started"] = Math.round(rated * (1 - spike * 0.04));
    v["l.0.dropped"] = Math.round(rated * spike * 0.04);
    v["l.0.late"] = Math.round(rated * spike * 0.1);
    if (recipe.loads === 2) {
      v["l.1.active"] = 40 + Math.round(this.random() * 3);
      v["l.1.target"] = 40_000;
    }
    v["h.cpu"] = Math.round(300 * full + 80 + this.random() * 40);
    v["h.lag99"] = Math.round(600 + full * 900 + this.random() * 300);
    v["h.sched"] = Math.round(120 + full * 200 + this.random() * 60);
    v["h.gc"] = Math.round(90 + this.random() * 200);
    v["h.stall"] = 0;
    v["h.heap"] = 90_000 + ((t * 163) % 23_000) + t * 20;
    v["h.fds"] = active + 20;
    v["h.goroutines"] = active * 2 + 40;
    v["h.ports"] = active;
    const workers = recipe.workers ?? 1;
    if (workers > 1) {
      for (let w = 0; w < workers; w++) {
        v[`w.${w}.requests`] = Math.round((requests / workers) * (0.97 + this.random() * 0.06));
        v[`w.${w}.active`] = Math.round(active / workers);
      }
    }
    return this.keep({ b: t, names: [], v, heat });
  }

  span(): number {
    // The recipe's length is known, so that cells never need to be merged.
    let span = 1;
    while (Math.ceil(Math.max(this.recipe.seconds, 1) / span) > 300) span *= 2;
    return span;
  }

  events(): RunEvent[] {
    return madeEvents(this.total).filter((e) => e.at_s <= this.rows.length);
  }

  loads(): Load[] {
    return madeLoads(this.total, this.recipe.rate ? 1.36 : 1, this.recipe.loads === 2);
  }

  /** The distribution of all requests, as the stream says it. */
  allPairs(): number[] {
    return pairsOf(this.all());
  }

  private all(): Map<number, number> {
    const all = new Map<number, number>();
    this.names.forEach((n, i) => {
      if (n.kind === "request" && n.stage === "main") for (const [b, c] of this.dists[i] ?? []) addTo(all, b, c);
    });
    return all;
  }

  private sum(id: string): number {
    return this.sums.get(id) ?? 0;
  }

  private keep(row: Row): Row {
    this.rows.push(row);
    for (const [id, value] of Object.entries(row.v)) this.sums.set(id, (this.sums.get(id) ?? 0) + (value ?? 0));
    this.worst = Math.max(this.worst, row.v["t.p95"] ?? 0);
    return row;
  }

  status(): Status {
    const { recipe } = this;
    const seconds = this.rows.length;
    const per = seconds || 1;
    const response = latencyOf(this.all(), 1);
    const requests = this.sum("t.requests");
    const errors = this.sum("t.errors");
    const classSums: Record<string, number> = {};
    for (const [id, k] of this.sums) if (id.startsWith("t.c.")) classSums[id.slice(4)] = k;
    const ended = !recipe.live && (recipe.state ?? "finished") !== "running";
    const worst = this.worst / 1000;
    const totals = this.names.map((_, i): NameTotals => {
      const mine = latencyOf(this.dists[i] ?? new Map(), 1);
      const failed = this.sum(`n.${i}.errors`);
      const classes: Record<string, number> = {};
      for (const c of Object.keys(classSums)) {
        const k = this.sum(`n.${i}.c.${c}`);
        if (k > 0) classes[c] = k;
      }
      const status: Record<string, number> = { "200": mine.count - failed };
      if (classes["status_5xx"]) status["503"] = classes["status_5xx"];
      if (classes["status_4xx"]) status["429"] = classes["status_4xx"];
      const scale = (k: number): Latency => {
        const out = { ...mine };
        for (const p of ["min", "mean", "max", "p50", "p75", "p90", "p95", "p99", "p999"] as const)
          out[p] = mine[p] === null ? null : mine[p] * k;
        return out;
      };
      return {
        count: mine.count,
        errors: failed,
        error_rate: mine.count ? failed / mine.count : 0,
        requests_per_s: mine.count / per,
        bytes_sent: mine.count * 410,
        bytes_received: mine.count * 5230,
        status,
        classes,
        response_ms: mine,
        service_ms: scale(0.94),
        phases_ms: {
          dns: { ...scale(0), count: 0, p50: null, p95: null, p99: null, mean: null, max: null },
          connect: { ...scale(0.05), count: Math.round(mine.count / 100) },
          tls: { ...scale(0.1), count: Math.round(mine.count / 100) },
          ttfb: scale(0.85),
        },
      };
    });
    const threshold = (
      rule: string,
      metric: string,
      op: string,
      limit: number,
      unit: string,
      value: number | null,
      window = 0,
      name = "",
    ): Status["thresholds"][number] => {
      const passed = value !== null && (op === "<" ? value < limit : value > limit);
      return {
        rule,
        metric,
        name,
        op,
        limit,
        unit,
        value,
        latest: value,
        distance: value === null ? null : op === "<" ? limit - value : value - limit,
        window_s: window,
        at_s: this.total * 0.56,
        passed,
        aborted: false,
      };
    };
    const thresholds = [
      threshold("p95 < 300ms over 10s", "p95", "<", 300, "ms", worst || null, 10),
      threshold("p99 < 500ms", "p99", "<", 500, "ms", response.p99),
      threshold("error_rate < 1%", "error_rate", "<", 1, "%", requests ? (errors / requests) * 100 : null),
      threshold("rps > 4000", "rate", ">", 4000, "/s", requests / per),
      threshold("checks > 99.99%", "check_rate", ">", 99.99, "%", 99.996),
    ];
    const sums = (c: string): number => classSums[c] ?? 0;
    const t = this.total;
    const group = (
      cls: string,
      name: string,
      message: string,
      detail: string,
      from: number,
      to: number,
    ): Status["errors"][number] => ({
      class: cls,
      name,
      message,
      detail,
      count: sums(cls),
      first_s: t * from,
      last_s: t * to,
    });
    return {
      state: recipe.live ? "running" : (recipe.state ?? "finished"),
      elapsed_s: seconds,
      message: "",
      passed: ended ? thresholds.every((x) => x.passed) : null,
      interrupted: false,
      aborted: "",
      error: "",
      verdict: { state: "valid", reasons: [] },
      thresholds,
      totals: {
        requests,
        errors,
        error_rate: requests ? errors / requests : 0,
        requests_per_s: requests / per,
        cancelled: 0,
        iterations: this.sum("t.iterations"),
        iterations_failed: errors,
        interrupted_iterations: 0,
        dropped_iterations: this.recipe.rate ? this.sum("l.0.dropped") : 0,
        late_iterations: this.recipe.rate ? this.sum("l.0.late") : 0,
        bytes_sent: requests * 410,
        bytes_received: requests * 5230,
        peak_users: 1250,
        checks: 24_000,
        checks_failed: 1,
        setup_failed: 0,
        panics: 0,
        response_ms: response,
        service_ms: response,
        start_lag_ms: { ...response, p50: 0.4, p99: 1.8, max: 4 },
      },
      names: totals,
      errors: [
        group(
          "status_5xx",
          "POST /checkout",
          "503 Service Unavailable: upstream connect error",
          "HTTP/1.1 503 Service Unavailable\ncontent-type: text/plain\n\nupstream connect error or disconnect/reset before headers",
          0.505,
          0.62,
        ),
        group("timeout", "POST /checkout", "no answer within 5 s", "", 0.52, 0.61),
        group("reset", "POST /cart", "read: connection reset by peer", "", 0.264, 0.28),
        group("status_4xx", "POST /auth/login", '429 <script>alert("x")</script> Too Many Requests', "", 0.02, 0.98),
      ].filter((g) => g.count > 0),
      checks: [
        { name: "status is 200", passed: requests - errors, failed: errors },
        { name: "basket has items", passed: 24_000, failed: 0 },
      ],
      loads: this.loads().map((_, i) => ({
        finished: this.sum("t.iterations"),
        failed: errors,
        dropped: this.sum(`l.${i}.dropped`),
        scheduled: this.sum(`l.${i}.scheduled`),
        started: this.sum(`l.${i}.started`),
        late: this.sum(`l.${i}.late`),
        peak: 1250,
      })),
      addresses: [
        { name: "shop.example", address: "203.0.113.7", connections: 720 },
        { name: "shop.example", address: "2001:db8::7", connections: 480 },
      ],
      generator: {
        cpu_mean: 0.34,
        cpu_peak: 0.63,
        lag_p99_ms: 1.8,
        sched_p99_peak_ms: 0.4,
        gc_pause_max_ms: 0.3,
        heap_peak_bytes: 148e6,
        fds_peak: 1270,
        fd_limit: 65_536,
        ports_peak: 1250,
        port_range: 28_232,
        stall_max_ms: 0,
        clock_gap_max_ms: 0.1,
        own_errors: 0,
        names_overflow: 0,
        seconds,
        missing: 0,
        partial: 0,
      },
      workers:
        (recipe.workers ?? 1) > 1
          ? Array.from({ length: recipe.workers ?? 1 }, (_, id) => ({
              id,
              name: `worker-${id + 1}.load.example`,
              requests: Math.round(requests / (recipe.workers ?? 1)),
              active: 150,
              share: 1 / (recipe.workers ?? 1),
              lost: id === 3,
              cpu: 0.4 + id / 20,
            }))
          : [],
      controls: recipe.live === true,
    };
  }

  head(seq: number): PageHead {
    const ids = new Set<string>();
    for (const r of this.rows) for (const id of Object.keys(r.v)) ids.add(id);
    const opt = /\.(p\d+|s\d+|max|mean|lag99)$/;
    const n = this.rows.length;
    return {
      v: 1,
      seq,
      run: {
        id: this.recipe.bad === undefined ? "20261123-101500_checkout_4f2a" : "20261122-093000_checkout_11b7",
        test: "checkout-flow",
        version: "1.0.0",
        host: "linux/amd64, 8 cores",
        target: "https://staging-eu.shop.example",
        started: "2026-11-23T10:15:00Z",
        duration_s: this.total,
        warmup_s: 0,
        seed: "42",
        workers: this.recipe.workers ?? 1,
        settings: { arrivals: "even", "graceful-stop": "30s", "max-rps": "none" },
      },
      loads: this.loads(),
      status: this.status(),
      events: this.events(),
      names: this.names,
      buckets: { count: n, width_s: 1 },
      cells: { count: Math.ceil(n / this.span()), width_s: this.span() },
      columns: [...ids].map((id) => (opt.test(id) ? { id, n, opt: true } : { id, n })),
    };
  }

  /** The container's bytes before deflate. */
  plain(seq = 0): Uint8Array {
    const head = this.head(seq);
    const block = new VarintWriter();
    for (const { id, opt } of head.columns) {
      let before = 0;
      for (const r of this.rows) {
        const v = r.v[id] ?? null;
        const coded = opt ? (v === null ? 0 : v + 1) : (v ?? 0);
        block.signed(coded - before);
        before = coded;
      }
    }
    const put = (counts: Map<number, number> | undefined): void => {
      const pairs = pairsOf(counts ?? new Map());
      block.put(pairs.length / 2);
      for (const p of pairs) block.put(p);
    };
    for (const mine of this.cells) for (let i = 0; i < head.cells.count; i++) put(mine[i]);
    for (const d of this.dists) put(d);
    const json = new TextEncoder().encode(JSON.stringify(head));
    const start = new VarintWriter();
    start.put(json.length);
    const out = new Uint8Array(4 + start.bytes.length + json.length + block.bytes.length);
    out.set(new TextEncoder().encode("LFP1"));
    out.set(start.bytes, 4);
    out.set(json, 4 + start.bytes.length);
    out.set(block.bytes, 4 + start.bytes.length + json.length);
    return out;
  }

  packed(seq = 0): Uint8Array {
    return deflateRawSync(this.plain(seq));
  }
}
