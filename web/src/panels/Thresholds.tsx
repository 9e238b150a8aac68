import { memo } from "react";
import type { Shown } from "../charts/context";
import { ofLimit } from "../model/health";
import type { Threshold } from "../model/schema";
import { Badge, Card } from "../ui/Card";
import { clock, inUnit } from "../ui/format";
import ui from "../ui/ui.module.css";
import css from "./panels.module.css";
import { Sign } from "./Sign";

/** What passing means, and how far from it the run is. */
export const Thresholds = memo(function Thresholds({ shown }: { shown: Shown }) {
  const { model } = shown;
  const { thresholds } = model.status;
  const failing = thresholds.filter((t) => !t.passed).length;
  return (
    <Card
      title="Thresholds"
      testId="thresholds"
      tools={
        thresholds.length > 0 && (
          <Badge tone={failing > 0 ? "bad" : "good"}>
            {failing > 0
              ? `✕ ${failing} failing`
              : `✓ ${thresholds.length} ${thresholds.length === 1 ? "holds" : "hold"}`}
          </Badge>
        )
      }
    >
      {thresholds.length === 0 ? (
        <p className={ui["empty"]}>None were set: nothing says what would be too slow.</p>
      ) : (
        <ul className={css["list"]}>
          {thresholds.map((t) => (
            <Row key={t.rule} threshold={t} />
          ))}
        </ul>
      )}
    </Card>
  );
});

function Row({ threshold: t }: { threshold: Threshold }) {
  const { share, tone } = ofLimit(t);
  return (
    <li className={css["threshold"]}>
      <Sign tone={tone} label={t.passed ? "holds" : "fails"} />
      <div>
        <code>{t.rule}</code>
        <div className={css["meter"]}>
          <i data-tone={tone} style={{ width: `${share * 100}%` }} />
        </div>
      </div>
      <div className="num">
        <b className={tone === "bad" ? "bad" : undefined}>{t.value === null ? "no data" : inUnit(t.value, t.unit)}</b>
        <small>{distance(t)}</small>
      </div>
    </li>
  );
}

/** How far the value is from the limit, in words. */
function distance(t: Threshold): string {
  if (t.value === null) return t.passed ? "nothing to judge yet" : "nothing to judge";
  const worst = t.window_s > 0 ? `worst window, ${clock(Math.max(0, t.at_s - t.window_s))}–${clock(t.at_s)}` : "";
  if (t.aborted) return `ended the run at ${clock(t.at_s)}`;
  const away = inUnit(Math.abs(t.distance ?? t.limit - t.value), t.unit);
  if (!t.passed) return worst || `${away} past the limit`;
  return `${away} to the limit`;
}
