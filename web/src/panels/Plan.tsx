import { memo } from "react";
import type { Shown } from "../charts/context";
import type { RunModel } from "../model/run";
import type { Load } from "../model/schema";
import { Card } from "../ui/Card";
import { clock, count, moment, rate, span } from "../ui/format";
import { Addresses } from "./Addresses";
import { Pair } from "./Pair";
import css from "./panels.module.css";

/** What was meant to happen, and where and how: enough to do it again. */
export const Plan = memo(function Plan({ shown }: { shown: Shown }) {
  const { model } = shown;
  const { run, loads } = model;
  const facts: [string, string][] = [
    ["run", run.id],
    ["started", moment(run.started)],
    ["planned", run.duration_s > 0 ? span(run.duration_s) : "until its iterations are done"],
    ["warm-up", run.warmup_s > 0 ? `${span(run.warmup_s)}, not in the totals` : "none"],
    ["target", run.target || "–"],
    ["host", run.host],
    ["workers", count(Math.max(1, run.workers))],
    ["seed", run.seed],
    ["version", run.version],
    ...Object.entries(run.settings),
  ];
  return (
    <Card title="Plan" sub="what was meant to happen" testId="plan">
      <div className={css["loads"]}>
        {loads.map((l, i) => (
          <LoadPlan key={`${l.scenario}${l.offset_s}${l.pattern}`} load={l} model={model} index={i} />
        ))}
      </div>
      <dl className={css["planPairs"]}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Addresses list={model.status.addresses} />
    </Card>
  );
});

function LoadPlan({ load, model, index }: { load: Load; model: RunModel; index: number }) {
  const totals = model.status.loads[index];
  const open = load.model === "rate";
  const unit = open ? "/s" : " users";
  return (
    <div className={css["block"]}>
      <h3>
        {load.scenario} · {open ? "iterations per second" : "users"}
      </h3>
      <div className={css["blockBody"]}>
        <div>
          {load.pattern}
          <Curve load={load} />
        </div>
        <dl className={`${css["pairs"]} num`}>
          <Pair name="when" value={`${clock(load.offset_s)}–${clock(load.offset_s + load.duration_s)}`} />
          <Pair name="peak" value={`${rate(load.peak)}${unit}`} />
          {open && load.max_users > 0 && <Pair name="users at most" value={count(load.max_users)} />}
          {totals && (
            <>
              <Pair name="iterations" value={`${count(totals.finished)} finished, ${count(totals.failed)} failed`} />
              {open && (
                <Pair
                  name="arrivals"
                  value={`${count(totals.scheduled)} due, ${count(totals.started)} started, ${count(totals.dropped)} dropped, ${count(totals.late)} late`}
                />
              )}
              <Pair name="users, peak" value={count(totals.peak)} />
            </>
          )}
        </dl>
      </div>
    </div>
  );
}

/** The load's curve, from 0 to its peak. */
function Curve({ load }: { load: Load }) {
  const { curve } = load;
  if (curve.length < 2) return null;
  const top = Math.max(load.peak, ...curve, 1e-9);
  const points = curve.map(
    (v, i) => `${((i / (curve.length - 1)) * 300).toFixed(1)},${(62 - (v / top) * 58).toFixed(1)}`,
  );
  return (
    <svg
      className={css["curve"]}
      viewBox="0 0 300 64"
      preserveAspectRatio="none"
      role="img"
      aria-label={`Curve of ${load.scenario}: ${load.pattern}`}
    >
      <polygon points={`0,64 ${points.join(" ")} 300,64`} fill="var(--ember)" opacity="0.12" />
      <polyline
        points={points.join(" ")}
        fill="none"
        stroke="var(--ember)"
        strokeWidth="1.5"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}
