import { Sparkline } from "../charts/Sparkline";
import type { Values } from "../model/derive";
import type { Trend } from "../model/trend";
import { FEW, type Quantity } from "../ui/format";
import css from "./kpis.module.css";

interface KpiProps {
  label: string;
  /** What stretch of time the value is about. */
  caption: string;
  quantity: Quantity;
  few?: boolean;
  trend: Trend | null;
  note?: string | undefined;
  delta?: string | undefined;
  alarm?: string | undefined;
  token: string;
  values: Values;
  base?: Values | null;
  least?: number;
}

/** A figure, where it is going, and how it came there. */
export function Kpi({
  label,
  caption,
  quantity,
  few,
  trend,
  note,
  delta,
  alarm,
  token,
  values,
  base,
  least,
}: KpiProps) {
  return (
    <div className={css["kpi"]} data-alarm={alarm ? true : undefined}>
      <div className={css["label"]}>
        <h2>{label}</h2>
        {alarm ? (
          <span className="bad" title="threshold crossed">
            ✕ {alarm}
          </span>
        ) : (
          <small>{caption}</small>
        )}
      </div>
      <div className={css["value"]}>
        <strong title={few ? FEW : undefined}>{quantity.value}</strong>
        <span>{quantity.unit}</span>
        {delta && (
          <small className="num" title="against the baseline">
            {delta}
          </small>
        )}
      </div>
      <div className={css["trend"]}>
        {trend && (
          <span className={trend.tone}>
            {trend.shape} {trend.word}
          </span>
        )}
        {note && <span>{note}</span>}
      </div>
      <div className={css["spark"]}>
        <Sparkline
          values={values}
          token={token}
          height={38}
          fill
          base={base ?? null}
          {...(least === undefined ? {} : { least })}
        />
      </div>
    </div>
  );
}
