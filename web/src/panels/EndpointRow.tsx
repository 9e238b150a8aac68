import { type CSSProperties, useCallback } from "react";
import type { Shown } from "../charts/context";
import { Sparkline } from "../charts/Sparkline";
import { type Endpoint, trendOf } from "../model/endpoints";
import { limitOf } from "../model/health";
import { splitName } from "../model/method";
import type { Status } from "../model/schema";
import { count, DASH, FEW, latency, percent, rate, signed } from "../ui/format";
import { Icon } from "../ui/Icon";
import ui from "../ui/ui.module.css";
import { EndpointDetail } from "./EndpointDetail";
import css from "./panels.module.css";

interface EndpointRowProps {
  endpoint: Endpoint;
  shown: Shown;
  busiest: number;
  columns: number;
  open: boolean;
  onFlip: () => void;
}

// Small charts of many rows need not move every second.
const EVERY = 5;

export function EndpointRow({ endpoint, shown, busiest, columns, open, onFlip }: EndpointRowProps) {
  const { totals, index } = endpoint;
  const { response_ms: l } = totals;
  const beat = Math.floor(shown.version / EVERY);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the model changes in place; beat tells
  const trend = useCallback(() => trendOf(shown.model, index, 60), [shown.model, index, beat]);
  const { status } = shown.model;
  const judged = (metric: "p95" | "p99") => {
    const limit = limitOf(status, metric, endpoint.name, endpoint.tag === "");
    const ms = l[metric];
    if (ms === null || limit === undefined) return <Latency ms={ms} />;
    return <Judged ms={ms} limit={limit} crossed={isPast(ms, limit, metric, status)} />;
  };
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
              <span className={css["pc"]}>{shareText(endpoint.share)}</span>
            </>
          ) : (
            DASH
          )}
        </td>
        <td>{rate(totals.requests_per_s)}</td>
        <td className={ui["narrow"]}>
          <Latency ms={l.p50} />
        </td>
        <td>{judged("p95")}</td>
        <td>{judged("p99")}</td>
        <td className={ui["narrow"]}>
          <Latency ms={l.max} />
        </td>
        <td className={failing ? "bad" : undefined}>
          {failing && <Cross why="more than 1 % failed" />}
          {count(totals.errors)}
        </td>
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

// No share of something is "0 %".
const shareText = (share: number): string =>
  share === 0 || share >= 0.0095
    ? `${Math.round(share * 100)} %`
    : share < 0.001
      ? "<0.1 %"
      : `${(share * 100).toFixed(1)} %`;

// What is at its limit is past it where a rule says "<".
const isPast = (ms: number, limit: number, metric: string, status: Status): boolean =>
  ms > limit ||
  (ms === limit && status.thresholds.some((t) => t.metric === metric && t.limit === limit && t.op === "<"));

/** Says without its colour that a value is too high, and why. */
const Cross = ({ why }: { why: string }) => (
  <span role="img" aria-label={`${why}:`}>
    ✕&nbsp;
  </span>
);

/** A latency in the colour of its limit. */
function Judged({ ms, limit, crossed }: { ms: number; limit: number; crossed: boolean }) {
  const share = ms / limit;
  const tone = crossed ? "bad" : share > 0.75 ? "warn" : "good";
  return (
    <span
      className={css["heat"]}
      data-tone={tone}
      style={{ "--f": Math.round(6 + share * 14) } as CSSProperties}
      title={`${Math.round(share * 100)} % of the limit of ${latency(limit)}`}
    >
      {crossed && <Cross why={`past the limit of ${latency(limit)}`} />}
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
