import { memo, useMemo } from "react";
import type { Shown } from "../charts/context";
import { Sparkline } from "../charts/Sparkline";
import { latest, thin, type Values } from "../model/derive";
import { generatorLines } from "../model/figures";
import { isOver } from "../model/health";
import type { Generator } from "../model/schema";
import { Badge, Card, type Tone } from "../ui/Card";
import { bytes, count, latency, latencyParts, percent, plural } from "../ui/format";
import { Pair } from "./Pair";
import css from "./panels.module.css";

const badges = new Map<string, [Tone, string]>(
  Object.entries({
    valid: ["good", "✓ trustworthy"],
    degraded: ["warn", "! with reservations"],
    invalid: ["bad", "✕ not to be trusted"],
  }),
);

/** Whether the numbers are about the target or about this machine. */
export const GeneratorHealth = memo(function GeneratorHealth({ shown }: { shown: Shown }) {
  const { model } = shown;
  const { generator: g, verdict, totals, loads } = model.status;
  const lines = useMemo(() => generatorLines(shown.model), [shown]);
  const live = !isOver(model.status);
  const [tone, text] = badges.get(verdict.state) ?? ["none", verdict.state];
  const cpu = live ? latest(lines.cpu) : g.cpu_mean * 100;
  const lag = latencyParts(g.lag_p99_ms ?? g.sched_p99_peak_ms);
  const due = loads.reduce((n, l) => n + l.scheduled, 0);
  const open = model.loads.some((l) => l.model === "rate");
  return (
    <Card title="Generator health" testId="generator" tools={<Badge tone={tone}>{text}</Badge>}>
      <div className={css["gauges"]}>
        <Gauge
          label="Processor"
          value={percent(cpu).replace(/\u00a0%/, "")}
          note={`% · peak ${percent(g.cpu_peak * 100)}`}
          token="--thr"
          values={lines.cpu}
          least={100}
        />
        <Gauge
          label={g.lag_p99_ms === null ? "Scheduler wait p99" : "Start lag p99"}
          value={lag.value}
          note={lag.unit}
          token="--usr"
          values={lines.lag}
          least={2}
        />
        {open ? (
          <Gauge
            label="Dropped iterations"
            value={count(totals.dropped_iterations)}
            note={`of ${count(due)}`}
            token="--p99"
            values={lines.dropped}
            least={1}
          />
        ) : (
          <Gauge
            label="Descriptors"
            value={count(g.fds_peak)}
            note={g.fd_limit > 0 ? `of ${count(g.fd_limit)}` : "peak"}
            token="--p50"
            values={lines.fds}
            least={1}
          />
        )}
        <Gauge
          label="Heap · GC pause"
          value={bytes(g.heap_peak_bytes).split("\u00a0")[0] ?? ""}
          note={`${bytes(g.heap_peak_bytes).split("\u00a0")[1] ?? ""} · ${latency(g.gc_pause_max_ms)}`}
          token="--p90"
          values={lines.heap}
          least={1}
        />
      </div>
      {verdict.reasons.length > 0 && (
        <ul className={css["reasons"]}>
          {verdict.reasons.map((r) => (
            <li key={r}>{r}</li>
          ))}
        </ul>
      )}
      <details className={css["more"]}>
        <summary>All that it watches</summary>
        <dl className={`${css["pairs"]} num`}>
          {everything(g).map(([name, value]) => (
            <Pair key={name} name={name} value={value} />
          ))}
        </dl>
      </details>
    </Card>
  );
});

const everything = (g: Generator): [string, string][] => [
  ["processor, mean", percent(g.cpu_mean * 100)],
  ["scheduler wait p99, peak", latency(g.sched_p99_peak_ms)],
  ["start lag p99", latency(g.lag_p99_ms)],
  ["longest GC pause", latency(g.gc_pause_max_ms)],
  ["longest stall", latency(g.stall_max_ms)],
  ["largest clock gap", latency(g.clock_gap_max_ms)],
  ["descriptors, peak", `${count(g.fds_peak)}${g.fd_limit > 0 ? ` of ${count(g.fd_limit)}` : ""}`],
  ["ports, peak", `${count(g.ports_peak)}${g.port_range > 0 ? ` of ${count(g.port_range)}` : ""}`],
  ["errors of its own", count(g.own_errors)],
  ["names past the limit", count(g.names_overflow)],
  ["seconds measured", `${plural(g.seconds, "second")}, ${count(g.missing)} missing, ${count(g.partial)} partial`],
];

interface GaugeProps {
  label: string;
  value: string;
  note: string;
  token: string;
  values: Values;
  least: number;
}

function Gauge({ label, value, note, token, values, least }: GaugeProps) {
  return (
    <div className={css["gauge"]}>
      <h3>{label}</h3>
      <div className="num">
        <b>{value}</b> <small>{note}</small>
      </div>
      <Sparkline values={thin(values, 70)} token={token} height={24} fill least={least} />
    </div>
  );
}
