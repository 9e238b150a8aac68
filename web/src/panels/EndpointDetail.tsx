import { type CSSProperties, useMemo } from "react";
import type { Shown } from "../charts/context";
import { Sparkline } from "../charts/Sparkline";
import type { Endpoint } from "../model/endpoints";
import { ghostOf, trendOf } from "../model/endpoints";
import type { Latency } from "../model/schema";
import { indexIn } from "../model/scope";
import { set } from "../store";
import { bytes, count, FEW, latency, percent } from "../ui/format";
import { classColor, className } from "../ui/theme";
import ui from "../ui/ui.module.css";
import { Pair } from "./Pair";
import css from "./panels.module.css";

const percentiles: [key: keyof Latency, label: string, token: string][] = [
  ["p50", "p50", "--p50"],
  ["p75", "p75", "--p50"],
  ["p90", "p90", "--p90"],
  ["p95", "p95", "--p95"],
  ["p99", "p99", "--p99"],
  ["p999", "p99.9", "--p99"],
];

interface Bar {
  label: string;
  value: string;
  share: number;
  token: string;
  title?: string | undefined;
}

function Bars({ bars }: { bars: Bar[] }) {
  return (
    <dl className={`${css["bars"]} num`}>
      {bars.map((b) => (
        <div key={b.label} style={{ display: "contents" }} title={b.title}>
          <dt>{b.label}</dt>
          <dd>
            <span className={css["track"]}>
              <i
                style={
                  {
                    "--c": `var(${b.token})`,
                    width: `${Math.max(b.share * 100, b.share > 0 ? 1.5 : 0)}%`,
                  } as CSSProperties
                }
              />
            </span>
            <b>{b.value}</b>
          </dd>
        </div>
      ))}
    </dl>
  );
}

const statusToken = (code: string): string =>
  code.startsWith("2") ? "--ok" : code.startsWith("3") ? "--info" : code.startsWith("4") ? "--e-4xx" : "--e-5xx";

/** All there is to know of one endpoint. */
export function EndpointDetail({ endpoint, shown }: { endpoint: Endpoint; shown: Shown }) {
  const { totals, name, index } = endpoint;
  const { response_ms: l } = totals;
  const trend = useMemo(() => trendOf(shown.model, index, 160), [shown, index]);
  const ghost = useMemo(() => {
    const at = shown.base ? indexIn(shown.base.model, shown.model.names[index]) : -1;
    return shown.base && at >= 0 ? ghostOf(shown.base.model, at, shown.model, 160) : null;
  }, [shown, index]);
  const most = l.p999 ?? l.max ?? l.p99 ?? 1;
  const answers = Object.entries(totals.status).sort((a, b) => b[1] - a[1]);
  const failures = Object.entries(totals.classes).filter(([c]) => !c.startsWith("status"));
  return (
    <div className={css["detail"]}>
      <div>
        <h3>p95 over time{ghost ? " · dotted: baseline" : ""}</h3>
        <Sparkline values={trend} token="--p95" height={96} fill base={ghost} />
        <button
          type="button"
          className={`${ui["btn"]} ${ui["small"]}`}
          style={{ marginTop: 10 }}
          onClick={() => set({ filter: name })}
        >
          Show in all charts
        </button>
      </div>
      <div>
        <h3>Response time</h3>
        <Bars
          bars={percentiles.map(([key, label, token]) => {
            const v = l[key] as number | null;
            return {
              label,
              token,
              value: latency(v),
              share: v === null ? 0 : v / most,
              title: v === null ? FEW : undefined,
            };
          })}
        />
      </div>
      <div>
        <h3>Answers</h3>
        <Bars
          bars={[
            ...answers.map(([code, n]) => ({
              label: code,
              value: percent((n / totals.count) * 100),
              share: n / totals.count,
              token: statusToken(code),
              title: count(n),
            })),
            ...failures.map(([c, n]) => ({
              label: className(c),
              value: percent((n / totals.count) * 100),
              share: n / totals.count,
              token: classColor(c),
              title: count(n),
            })),
          ]}
        />
      </div>
      <div>
        <h3>Where the time goes (p95)</h3>
        <dl className={`${css["pairs"]} num`}>
          {(["dns", "connect", "tls", "ttfb"] as const)
            .filter((p) => totals.phases_ms[p].count > 0)
            .map((p) => (
              <Pair key={p} name={p === "ttfb" ? "first byte" : p} value={latency(totals.phases_ms[p].p95)} />
            ))}
          <Pair name="service time" value={latency(totals.service_ms.p95)} />
          <Pair name="sent" value={bytes(totals.bytes_sent)} />
          <Pair name="received" value={bytes(totals.bytes_received)} />
          <Pair name="requests" value={count(totals.count)} />
        </dl>
      </div>
    </div>
  );
}
