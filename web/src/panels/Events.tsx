import { type CSSProperties, type FormEvent, memo, useEffect, useMemo, useRef, useState } from "react";
import type { Shown } from "../charts/context";
import { eventColor } from "../charts/plugins/annotations";
import type { RunModel } from "../model/run";
import type { Load, RunEvent } from "../model/schema";
import { annotate } from "../sources/api";
import { useStore } from "../store";
import { Card } from "../ui/Card";
import { clock, rate } from "../ui/format";
import ui from "../ui/ui.module.css";
import css from "./panels.module.css";

const MOST = 60;

interface Entry {
  at: number;
  token: string;
  text: string;
  note: string;
}

const kinds: Record<RunEvent["kind"], string> = {
  annotation: "annotation",
  message: "message",
  warmed_up: "warm-up over: from here it counts",
  threshold: "threshold",
  users: "level changed by hand",
};

/** Events, and the phases of the pattern that have begun, the latest first. */
function entries(model: RunModel): Entry[] {
  const whose = (l: Load): string => (model.loads.length > 1 ? `${l.scenario}: ` : "");
  const phases = model.loads.flatMap((l) =>
    l.phases.length < 2
      ? []
      : l.phases
          .filter((p) => p.start_s > 0 && p.start_s <= model.status.elapsed_s)
          .map((p) => ({
            at: p.start_s,
            token: "--ember",
            text: `Phase: ${p.name}`,
            note: `${whose(l)}${p.from === p.to ? "" : `${rate(p.from)} → `}${rate(p.to)} ${unit(l.model)}`,
          })),
  );
  const events = model.events.map((e) => ({
    at: e.at_s,
    token: eventColor(e),
    text: e.text,
    note: e.kind === "threshold" ? (e.passed ? "threshold holds again" : "threshold crossed") : kinds[e.kind],
  }));
  return [...phases, ...events].sort((a, b) => b.at - a.at);
}

const unit = (model: string): string => (model === "rate" ? "iterations/s" : "users");

export const Events = memo(function Events({ shown }: { shown: Shown }) {
  const { model } = shown;
  const live = useStore((s) => s.source === "live") && model.status.controls;
  const [writing, setWriting] = useState(false);
  const list = useMemo(() => entries(shown.model), [shown]);
  return (
    <Card
      title="Events"
      testId="events"
      tools={
        live && (
          <button
            type="button"
            className={`${ui["btn"]} ${ui["small"]}`}
            aria-expanded={writing}
            onClick={() => setWriting(!writing)}
          >
            + Annotate
          </button>
        )
      }
    >
      {writing && live && <AnnotateForm onDone={() => setWriting(false)} />}
      <ul className={css["list"]}>
        {/* Counted from the first one: what is added on top leaves the others as they are. */}
        {list.slice(0, MOST).map((e, i) => (
          <li key={list.length - i} className={css["event"]}>
            <time className="num">{clock(e.at)}</time>
            <i style={{ "--c": `var(${e.token})` } as CSSProperties} />
            <div>
              {e.text}
              <small>{e.note}</small>
            </div>
          </li>
        ))}
        {list.length > MOST && <li className={ui["empty"]}>and {list.length - MOST} earlier ones</li>}
        {list.length === 0 && <li className={ui["empty"]}>Nothing happened yet.</li>}
      </ul>
    </Card>
  );
});

function AnnotateForm({ onDone }: { onDone: () => void }) {
  const [text, setText] = useState("");
  const [problem, setProblem] = useState("");
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const send = (e: FormEvent): void => {
    e.preventDefault();
    if (text.trim() === "") return;
    annotate(text.trim()).then(onDone, (error: unknown) =>
      setProblem(String(error instanceof Error ? error.message : error)),
    );
  };
  return (
    <form className={css["form"]} onSubmit={send}>
      <input
        className={ui["search"]}
        aria-label="Annotation"
        placeholder="deploy 2.3.1"
        maxLength={300}
        value={text}
        ref={input}
        onChange={(e) => setText(e.target.value)}
      />
      <button type="submit" className={`${ui["btn"]} ${ui["small"]}`}>
        Add
      </button>
      {problem && (
        <span className="bad" role="alert">
          {problem}
        </span>
      )}
    </form>
  );
}
