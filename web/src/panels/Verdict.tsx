import { type Headline, headline } from "../model/health";
import type { RunModel } from "../model/run";
import { clock, count, inUnit, percent, plural, span } from "../ui/format";
import ui from "../ui/ui.module.css";
import { saveEndpoints, saveJson } from "./ExportMenu";
import css from "./panels.module.css";
import { Sign } from "./Sign";

const words = { good: "passed", bad: "failed", warn: "attention" };

/** What became of the run: the first thing a report says. */
export function Verdict({ model }: { model: RunModel }) {
  const head = headline(model);
  if (!head) return null;
  const button = `${ui["btn"]} ${ui["narrow"]}`;
  return (
    <section className={css["verdict"]} data-tone={head.tone} data-testid="verdict" aria-label="Verdict" id="top">
      <Sign tone={head.tone} label={words[head.tone]} big />
      <div>
        <h2>{head.title}</h2>
        <p>{detail(model, head)}</p>
      </div>
      <button type="button" className={button} onClick={() => saveJson(model)}>
        Download JSON
      </button>
      <button type="button" className={button} onClick={() => saveEndpoints(model)}>
        CSV
      </button>
    </section>
  );
}

/** Why, in one or two sentences. */
function detail(model: RunModel, head: Headline): string {
  const { status } = model;
  const { totals, verdict } = status;
  const said: string[] = [];
  if (status.state === "cut" && head.reasons[0]) said.push(head.reasons[0]);
  if (status.error) said.push(`${status.error.replace(/\.$/, "")}.`);
  if (status.aborted) said.push(`Ended by the threshold ${status.aborted}.`);
  for (const t of status.thresholds.filter((x) => !x.passed).slice(0, 3)) {
    const when = t.window_s > 0 && t.value !== null ? ` in the ${span(t.window_s)} up to ${clock(t.at_s)}` : "";
    said.push(`${t.rule}: ${t.value === null ? "no data" : inUnit(t.value, t.unit)}${when}.`);
  }
  said.push(
    `${plural(totals.requests, "request")} in ${span(status.elapsed_s)}, ${
      totals.errors === 0 ? "no errors" : `${percent(totals.error_rate * 100)} errors`
    }${totals.cancelled > 0 ? `, ${count(totals.cancelled)} cut by the end` : ""}.`,
  );
  if (verdict.state === "valid") said.push("The generator kept up: the numbers are the target's.");
  else
    said.push(
      `${verdict.state === "invalid" ? "Not to be trusted" : "With reservations"}: ${verdict.reasons.join("; ")}.`,
    );
  return said.join(" ");
}
