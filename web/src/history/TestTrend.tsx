import { useMemo } from "react";
import { Sparkline } from "../charts/Sparkline";
import type { TestHistory } from "../model/history";
import type { RunSummary } from "../model/schema";
import { DASH, delta, latency, perSecond, plural } from "../ui/format";
import css from "./history.module.css";

const MOST = 60;

/** How p95 and the rate of a test went from run to run. */
export function TestTrend({ history }: { history: TestHistory }) {
  const runs = history.runs.filter((r) => r.state !== "live").slice(-MOST);
  return (
    <section className={css["test"]} aria-label={`Trend of ${history.test}`}>
      <div className={css["testHead"]}>
        <h2 title={history.test}>{history.test}</h2>
        <small>{plural(history.runs.length, "run")}</small>
      </div>
      <div className={css["trends"]}>
        <Trend title="p95" runs={runs} pick={(r) => r.p95_ms} show={latency} token="--p95" worse={1} />
        <Trend title="requests" runs={runs} pick={(r) => r.requests_per_s} show={perSecond} token="--thr" worse={-1} />
      </div>
    </section>
  );
}

interface TrendProps {
  title: string;
  runs: RunSummary[];
  pick: (run: RunSummary) => number | null;
  show: (v: number | null) => string;
  token: string;
  /** The direction that is worse. */
  worse: 1 | -1;
}

function Trend({ title, runs, pick, show, token, worse }: TrendProps) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: pick is the same for a title
  const values = useMemo(() => runs.map(pick), [runs, title]);
  const last = values.at(-1) ?? null;
  const before = values.at(-2) ?? null;
  const change = delta(last, before);
  const by = last !== null && before !== null && before !== 0 ? (last / before - 1) * worse : 0;
  return (
    <div>
      <h3>{title}, last run</h3>
      <div className="num">
        <b>{show(last)}</b>
        {change !== DASH && (
          <small className={by > 0.05 ? "bad" : by < -0.05 ? "good" : "flat"} title="against the run before">
            {change}
          </small>
        )}
      </div>
      <Sparkline values={values} token={token} height={34} fill />
    </div>
  );
}
