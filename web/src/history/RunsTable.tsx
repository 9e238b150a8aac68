import { type RunSort, runUrl } from "../model/history";
import type { RunSummary } from "../model/schema";
import { Badge, Card, type Tone } from "../ui/Card";
import { count, FEW, latency, moment, percent, rate, span } from "../ui/format";
import { Pager, usePage } from "../ui/Pager";
import ui from "../ui/ui.module.css";
import css from "./history.module.css";

const heads: [key: RunSort, text: string, className: string][] = [
  ["test", "Test", ""],
  ["started", "Started", ""],
  ["state", "Result", ""],
  ["duration_s", "Duration", "narrow"],
  ["requests", "Requests", "narrow"],
  ["requests_per_s", "Req/s", ""],
  ["p50_ms", "p50", "narrow"],
  ["p95_ms", "p95", ""],
  ["p99_ms", "p99", "narrow"],
  ["error_rate", "Err %", ""],
];

const states: Record<RunSummary["state"], [Tone, string]> = {
  passed: ["good", "✓ passed"],
  failed: ["bad", "✕ failed"],
  interrupted: ["warn", "interrupted"],
  cut: ["warn", "cut"],
  live: ["info", "● live"],
  error: ["bad", "✕ error"],
};

const PAGE = 100;

interface RunsTableProps {
  runs: RunSummary[];
  sort: { key: RunSort; up: boolean };
  onSort: (sort: { key: RunSort; up: boolean }) => void;
  picked: ReadonlySet<string>;
  onPick: (id: string) => void;
  filter: string;
}

export function RunsTable({ runs, sort, onSort, picked, onPick, filter }: RunsTableProps) {
  const { rows, pager } = usePage(runs, PAGE);
  const by = (key: RunSort): void => onSort({ key, up: sort.key === key ? !sort.up : key === "test" });
  return (
    <Card title="All runs" sub="choose two to compare them" testId="runs">
      <div className={ui["tableWrap"]}>
        <table className={ui["table"]}>
          <thead>
            <tr>
              {heads.map(([key, text, cls], i) => (
                <th
                  key={key}
                  scope="col"
                  className={`${ui[cls] ?? ""} ${i < 3 ? ui["left"] : ""}`}
                  aria-sort={sort.key === key ? (sort.up ? "ascending" : "descending") : undefined}
                >
                  <button type="button" onClick={() => by(key)}>
                    {text}
                    {sort.key === key && (sort.up ? " ↑" : " ↓")}
                  </button>
                </th>
              ))}
              <th scope="col">Compare</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((r) => (
              <RunRow key={r.id} run={r} picked={picked.has(r.id)} onPick={onPick} />
            ))}
          </tbody>
        </table>
      </div>
      {runs.length === 0 && <p className={ui["empty"]}>No run fits “{filter}”.</p>}
      <Pager {...pager} />
    </Card>
  );
}

function RunRow({ run, picked, onPick }: { run: RunSummary; picked: boolean; onPick: (id: string) => void }) {
  const [tone, text] = states[run.state] ?? ["none", run.state];
  return (
    <tr className={css["row"]}>
      <td>
        <a href={runUrl(run.id)}>{run.test}</a>
        <small title={run.pattern}>{run.pattern || run.target}</small>
      </td>
      <td className={ui["left"]}>
        {moment(run.started)}
        <small title={run.id}>{run.id}</small>
      </td>
      <td className={ui["left"]}>
        <Badge tone={tone}>{text}</Badge>{" "}
        {run.verdict !== "valid" && run.verdict !== "" && run.state !== "live" && (
          <Badge tone="warn">{run.verdict}</Badge>
        )}
      </td>
      <td className={ui["narrow"]}>{span(run.duration_s)}</td>
      <td className={ui["narrow"]}>{count(run.requests)}</td>
      <td>{rate(run.requests_per_s)}</td>
      <td className={ui["narrow"]}>{latency(run.p50_ms)}</td>
      <td>{latency(run.p95_ms)}</td>
      <td className={ui["narrow"]} title={run.p99_ms === null ? FEW : undefined}>
        {latency(run.p99_ms)}
      </td>
      <td className={(run.error_rate ?? 0) > 0.01 ? "bad" : undefined}>
        {percent(run.error_rate === null ? null : run.error_rate * 100)}
      </td>
      <td>
        <input
          type="checkbox"
          className={css["pick"]}
          aria-label={`Compare ${run.test}, ${moment(run.started)}`}
          disabled={run.state === "live"}
          checked={picked}
          onChange={() => onPick(run.id)}
        />
      </td>
    </tr>
  );
}
