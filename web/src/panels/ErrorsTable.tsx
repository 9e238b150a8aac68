import { type CSSProperties, memo, useCallback, useMemo, useState } from "react";
import type { Shown } from "../charts/context";
import { Sparkline } from "../charts/Sparkline";
import { errorTrend } from "../model/endpoints";
import type { ErrorGroup } from "../model/schema";
import { finder } from "../model/scope";
import { useStore } from "../store";
import { Badge, Card } from "../ui/Card";
import { clock, count, percent } from "../ui/format";
import { Icon } from "../ui/Icon";
import { Pager, usePage } from "../ui/Pager";
import { classColor, className } from "../ui/theme";
import ui from "../ui/ui.module.css";
import css from "./panels.module.css";

const PAGE = 25;
const EVERY = 5;

/** What went wrong, by class and name, with a sample of each. */
export const ErrorsTable = memo(function ErrorsTable({ shown }: { shown: Shown }) {
  const { model } = shown;
  const filter = useStore((s) => s.filter);
  const [open, setOpen] = useState("");
  const { errors, totals } = model.status;
  const found = useMemo(() => {
    const finds = finder(model.names, filter);
    return errors.filter((e) => finds(e.name)).sort((a, b) => b.count - a.count);
  }, [errors, model, filter]);
  const { rows, pager } = usePage(found, PAGE);
  return (
    <Card
      title="Errors by class"
      sub="and endpoint · one sample each"
      testId="errors"
      tools={
        <Badge tone={totals.errors > 0 ? "bad" : "good"}>
          {totals.errors > 0 ? `${count(totals.errors)} in all · ${percent(totals.error_rate * 100)}` : "none"}
        </Badge>
      }
    >
      {found.length === 0 ? (
        <p className={ui["empty"]}>
          {errors.length === 0 ? "Nothing went wrong." : "None of the errors is about what the filter finds."}
        </p>
      ) : (
        <div className={ui["tableWrap"]}>
          <table className={ui["table"]}>
            <thead>
              <tr>
                <th scope="col">Class</th>
                <th scope="col" className={ui["left"]}>
                  Message
                </th>
                <th scope="col" className={`${ui["left"]} ${ui["narrow"]}`}>
                  Endpoint
                </th>
                <th scope="col">Count</th>
                <th scope="col" className={ui["narrow"]}>
                  First
                </th>
                <th scope="col" className={ui["narrow"]}>
                  Last
                </th>
                <th scope="col" className={ui["narrow"]}>
                  Trend
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((e) => {
                const key = `${e.class} ${e.name} ${e.message}`;
                return (
                  <Group
                    key={key}
                    error={e}
                    shown={shown}
                    open={open === key}
                    onFlip={() => setOpen(open === key ? "" : key)}
                  />
                );
              })}
            </tbody>
          </table>
        </div>
      )}
      <Pager {...pager} />
    </Card>
  );
});

function Group({ error, shown, open, onFlip }: { error: ErrorGroup; shown: Shown; open: boolean; onFlip: () => void }) {
  const beat = Math.floor(shown.version / EVERY);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the model changes in place; beat tells
  const trend = useCallback(
    () => errorTrend(shown.model, error.class, error.name, 60),
    [shown.model, error.class, error.name, beat],
  );
  const token = classColor(error.class);
  return (
    <>
      <tr className={css["row"]} onClick={onFlip}>
        <td>
          <span className={css["kind"]} style={{ "--c": `var(${token})` } as CSSProperties}>
            <button
              type="button"
              className={css["caret"]}
              aria-expanded={open}
              aria-label={`Sample of ${className(error.class)}`}
              data-print
            >
              <Icon name="chevron" size={12} />
            </button>
            <i />
            {className(error.class)}
          </span>
        </td>
        <td className={css["message"]}>{error.message}</td>
        <td className={`${ui["left"]} ${ui["narrow"]}`}>{error.name}</td>
        <td>{count(error.count)}</td>
        <td className={ui["narrow"]}>{clock(error.first_s)}</td>
        <td className={ui["narrow"]}>{clock(error.last_s)}</td>
        <td className={ui["narrow"]}>
          <span className={css["sparkCell"]}>
            <Sparkline values={trend} token={token} height={22} />
          </span>
        </td>
      </tr>
      {open && (
        <tr>
          <td colSpan={7} className={css["detailCell"]}>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
            <pre className={css["sample"]} tabIndex={0}>
              {error.name}
              {"\n"}
              {error.detail || error.message}
            </pre>
          </td>
        </tr>
      )}
    </>
  );
}
