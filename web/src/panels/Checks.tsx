import { memo } from "react";
import type { Shown } from "../charts/context";
import { Badge, Card } from "../ui/Card";
import { count, percent } from "../ui/format";
import css from "./panels.module.css";
import { Sign } from "./Sign";

/** The scenario's own checks; nothing where it has none. */
export const Checks = memo(function Checks({ shown }: { shown: Shown }) {
  const { model } = shown;
  const { checks } = model.status;
  if (checks.length === 0) return null;
  const failing = checks.filter((c) => c.failed > 0).length;
  return (
    <Card
      title="Checks"
      testId="checks"
      tools={<Badge tone={failing > 0 ? "bad" : "good"}>{failing > 0 ? `✕ ${failing} failing` : "✓ all hold"}</Badge>}
    >
      <ul className={css["list"]}>
        {checks.map((c) => {
          const share = c.passed / Math.max(1, c.passed + c.failed);
          return (
            <li key={c.name} className={css["threshold"]}>
              <Sign tone={c.failed > 0 ? "bad" : "good"} label={c.failed > 0 ? "failed" : "held"} />
              <div>
                {c.name}
                <div className={css["meter"]}>
                  <i data-tone={c.failed > 0 ? "bad" : "good"} style={{ width: `${share * 100}%` }} />
                </div>
              </div>
              <div className="num">
                <b>{percent(share * 100)}</b>
                <small>{c.failed > 0 ? `${count(c.failed)} failed` : `${count(c.passed)} passed`}</small>
              </div>
            </li>
          );
        })}
      </ul>
    </Card>
  );
});
