import type { RunModel } from "../model/run";
import type { Load } from "../model/schema";
import { clock, rate } from "../ui/format";
import css from "./top.module.css";

const MOST_LOADS = 3;

const tell = (p: Load["phases"][number], l: Load): string => {
  const unit = l.model === "rate" ? "/s" : " users";
  const level = p.from === p.to ? rate(p.from) : `${rate(p.from)} → ${rate(p.to)}`;
  return `${p.name}: ${level}${unit}, ${clock(p.start_s)}–${clock(p.end_s)}`;
};

/** The phases of each load's pattern and how far the run is in them. */
export function PhaseTimeline({ model, going }: { model: RunModel; going: boolean }) {
  const total = Math.max(model.run.duration_s, ...model.loads.flatMap((l) => l.phases.map((p) => p.end_s)), 1);
  const at = model.status.elapsed_s;
  const loads = [...model.loads].sort((a, b) => b.phases.length - a.phases.length).slice(0, MOST_LOADS);
  if (loads.every((l) => l.phases.length === 0)) return <div className={css["timelines"]} />;
  return (
    <div className={css["timelines"]}>
      {loads.map((load, i) => (
        <div
          key={i}
          className={css["timeline"]}
          data-thin={i > 0 || undefined}
          role="img"
          aria-label={`Phases of ${load.scenario}: ${load.phases.map((p) => tell(p, load)).join("; ")}. Now ${clock(at)}.`}
        >
          {load.phases.map((p, k) => (
            <Phase key={k} phase={p} load={load} total={total} at={at} going={going} />
          ))}
          {going && at > 0 && at < total && <span className={css["now"]} style={{ left: `${(at / total) * 100}%` }} />}
        </div>
      ))}
    </div>
  );
}

interface PhaseProps {
  phase: Load["phases"][number];
  load: Load;
  total: number;
  at: number;
  going: boolean;
}

function Phase({ phase, load, total, at, going }: PhaseProps) {
  const length = phase.end_s - phase.start_s;
  const done = Math.max(0, Math.min(1, (at - phase.start_s) / Math.max(length, 1e-9)));
  return (
    <div
      className={css["phase"]}
      data-done={done >= 1 || undefined}
      data-now={(going && done > 0 && done < 1) || undefined}
      title={tell(phase, load)}
      style={{ left: `${(phase.start_s / total) * 100}%`, width: `max(2px, calc(${(length / total) * 100}% - 3px))` }}
    >
      <u style={{ width: `${done * 100}%` }} />
      <span>{phase.name}</span>
    </div>
  );
}
