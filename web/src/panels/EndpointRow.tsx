import { type CSSProperties, useCallback } from "react";
import type { Shown } from "../charts/context";
import type { Limit } from "../charts/plugins/limit";
import { Sparkline } from "../charts/Sparkline";
import { type Endpoint, trendOf } from "../model/endpoints";
import { splitName } from "../model/method";
import { count, DASH, FEW, latency, percent, rate, signed } from "../ui/format";
import { Icon } from "../ui/Icon";
import ui from "../ui/ui.module.css";
import { EndpointDetail } from "./EndpointDetail";
import css from "./panels.module.css";

interface EndpointRowProps {
  endpoint: Endpoint;
  shown: Shown;
  limits: Limit[];
  busiest: number;
  columns: number;
  open: boolean;
  onFlip: () => void;
}

// Small charts of many rows need not move every second.
const EVERY = 5;

export function EndpointRow({ endpoint, shown, limits, busiest, columns, open, onFlip }: EndpointRowProps) {
  const { totals, index } = endpoint;
  const { response_ms: l } = totals;
  const beat = Math.floor(shown.version / EVERY);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the model changes in place; beat tells
  const trend = useCallback(() => trendOf(shown.model, index, 60), [shown.model, index, beat]);
  const limit = (p: string): number | undefined => limits.find((x) => x.label.startsWith(`${p} `))?.value;
  const failing = totals.error_rate > 0.01;
  return (
    <>
      <tr className={css["row"]} data-muted={endpoint.tag !== "" || undefined} onClick={onFlip}>
        <td>
          <EndpointName name={endpoint.name} tag={endpoint.tag} open={open} />
        </td>
        <td className={ui["narrow"]}>
          {endpoint.tag === "" ? (
            <>
              <span className={css["share"]}>
                <i style={{ width: `${(endpoint.share / busiest) * 100}%` }} />
              </span>
              <span className={css["pc"]}>{Math.round(endpoint.share * 100)} %</span>
            </>
          ) : (
            DASH
          )}
        </td>
        <td>{rate(totals.requests_per_s)}</td>
        <td className={ui["narrow"]}>
          <Latency ms={l.p50} />
        </td>
        <td>
          <Judged ms={l.p95} limit={limit("p95")} />
        </td>
        <td>
          <Judged ms={l.p99} limit={limit("p99")} />
        </td>
        <td className={ui["narrow"]}>
          <Latency ms={l.max} />
        </td>
        <td className={failing ? "bad" : undefined}>{count(totals.errors)}</td>
        <td className={ui["narrow"]}>
          {failing ? (
            <span className={css["heat"]} data-tone="bad">
              {percent(totals.error_rate * 100)}
            </span>
          ) : (
            percent(totals.error_rate * 100)
          )}
        </td>
        {shown.base && <Change change={endpoint.change} />}
        <td className={ui["narrow"]}>
          <span className={css["sparkCell"]}>
            <Sparkline values={trend} token={failing ? "--p99" : "--p95"} height={22} />
          </span>
        </td>
      </tr>
      {open && (
        <tr>
          <td colSpan={columns} className={css["detailCell"]}>
            <EndpointDetail endpoint={endpoint} shown={shown} />
          </td>
        </tr>
      )}
    </>
  );
}

const Latency = ({ ms }: { ms: number | null }) => <span title={ms === null ? FEW : undefined}>{latency(ms)}</span>;

/** A latency in the colour of its limit; without one, all are alike. */
function Judged({ ms, limit }: { ms: number | null; limit: number | undefined }) {
  if (ms === null || limit === undefined) return <Latency ms={ms} />;
  const share = ms / limit;
  const tone = share >= 1 ? "bad" : share > 0.75 ? "warn" : "good";
  return (
    <span
      className={css["heat"]}
      data-tone={tone}
      style={{ "--f": Math.round(6 + share * 14) } as CSSProperties}
      title={`${Math.round(share * 100)} % of the limit of ${latency(limit)}`}
    >
      {latency(ms)}
    </span>
  );
}

function Change({ change }: { change: number | null }) {
  if (change === null) return <td className={ui["narrow"]}>{DASH}</td>;
  const tone = change > 0.05 ? "bad" : change < -0.01 ? "good" : "flat";
  return <td className={`${ui["narrow"]} ${tone}`}>{signed(`${Math.abs(change * 100).toFixed(1)} %`, change)}</td>;
}

function EndpointName({ name, tag, open }: { name: string; tag: string; open: boolean }) {
  const { method, path } = splitName(name);
  return (
    <span className={css["endpoint"]} title={name}>
      <button type="button" className={css["caret"]} aria-expanded={open} aria-label={`Details of ${name}`} data-print>
        <Icon name="chevron" size={12} />
      </button>
      {tag !== "" && <span className={css["method"]}>{tag}</span>}
      {method !== "" && (
        <span className={css["method"]} data-method={method}>
          {method}
        </span>
      )}
      <span>{path}</span>
    </span>
  );
}
