import { useId, useState } from "react";
import type { RunModel } from "../model/run";
import { setLevel } from "../sources/api";
import { useStore } from "../store";
import { Icon } from "../ui/Icon";
import { Menu } from "../ui/Menu";
import ui from "../ui/ui.module.css";
import css from "./panels.module.css";

/** Takes a load off its pattern, to a level of one's own, and back. */
export function LevelControl({ model }: { model: RunModel }) {
  const live = useStore((s) => s.source === "live");
  if (!live || !model.status.controls || model.status.state !== "running") return null;
  return (
    <Menu
      label="Change the level of the load"
      className={ui["small"] ?? ""}
      trigger={
        <>
          <Icon name="users" size={13} />
          Change
        </>
      }
    >
      <div className={css["levels"]} data-keep>
        {model.loads.map((l, i) => (
          <LevelForm
            key={i}
            name={`${l.scenario}, ${l.model === "rate" ? "iterations/s" : "users"}`}
            load={i}
            start={l.peak}
          />
        ))}
      </div>
    </Menu>
  );
}

function LevelForm({ name, load, start }: { name: string; load: number; start: number }) {
  const [level, setText] = useState(String(Math.round(start)));
  const [said, say] = useState("");
  const id = useId();
  const send = (value: number | null): void => {
    setLevel(load, value).then(
      () => say(value === null ? "The pattern has it again." : `Going to ${value}.`),
      (e: unknown) => say(String(e instanceof Error ? e.message : e)),
    );
  };
  const wanted = Number(level);
  const valid = level.trim() !== "" && Number.isFinite(wanted) && wanted >= 0;
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        if (valid) send(wanted);
      }}
    >
      <label htmlFor={id}>{name}</label>
      <div>
        <input
          id={id}
          className={ui["search"]}
          inputMode="decimal"
          value={level}
          onChange={(e) => setText(e.target.value)}
        />
        <button type="submit" className={css["levelButton"]} disabled={!valid}>
          Set
        </button>
        <button type="button" className={css["levelButton"]} onClick={() => send(null)}>
          Pattern
        </button>
      </div>
      <small role="status">{said}</small>
    </form>
  );
}
