import { useState } from "react";
import { isOver, stateWord } from "../model/health";
import { phaseAt } from "../model/phases";
import type { RunModel } from "../model/run";
import { useStore } from "../store";
import { clock } from "../ui/format";
import { Icon, Logo, ThemeIcon } from "../ui/Icon";
import { toggleTheme } from "../ui/theme";
import ui from "../ui/ui.module.css";
import { BaselineMenu } from "./BaselineMenu";
import { ConnectionPill } from "./Connection";
import { ExportMenu } from "./ExportMenu";
import { PhaseTimeline } from "./PhaseTimeline";
import { Pill } from "./Pill";
import { StopDialog } from "./StopDialog";
import css from "./top.module.css";

/** What is run, how far it is, and what can be done about it. */
export function TopBar({ model, help }: { model: RunModel; help: () => void }) {
  useStore((s) => s.version);
  const source = useStore((s) => s.source);
  const [stopping, setStopping] = useState(false);
  const { run, status } = model;
  const going = !isOver(status);
  return (
    <header className={css["top"]}>
      <div className={css["bar"]}>
        <a className={css["logo"]} href={source === "embedded" ? "#top" : "./"} aria-label="LoadForge">
          <Logo />
          <span className={css["word"]}>LoadForge</span>
        </a>
        <div className={css["sep"]} />
        <div className={css["run"]}>
          <h1 title={run.test}>{run.test}</h1>
          <p title={`${run.id} · ${run.target}`}>
            {run.target || run.id} · {model.loads.map((l) => l.pattern).join(" + ")}
          </p>
        </div>
        <StatusPill model={model} />
        <Elapsed elapsed={status.elapsed_s} planned={going ? run.duration_s : 0} />
        {source === "live" && <ConnectionPill />}
        <BaselineMenu />
        <ExportMenu model={model} />
        <button
          type="button"
          className={`${ui["btn"]} ${ui["icon"]} ${ui["narrow"]}`}
          aria-label="Help: keys"
          title="Help (?)"
          onClick={help}
        >
          <Icon name="help" />
        </button>
        <button
          type="button"
          className={`${ui["btn"]} ${ui["icon"]}`}
          aria-label="Switch between light and dark"
          title="Theme (T)"
          onClick={toggleTheme}
        >
          <ThemeIcon />
        </button>
        {source === "live" && going && status.controls && (
          <button
            type="button"
            className={`${ui["btn"]} ${ui["stop"]}`}
            disabled={status.state === "stopping"}
            onClick={() => setStopping(true)}
          >
            <Icon name="stop" size={13} />
            {status.state === "stopping" ? "Stopping" : "Stop"}
          </button>
        )}
      </div>
      <PhaseTimeline model={model} going={going} />
      {stopping && going && <StopDialog onClose={() => setStopping(false)} />}
    </header>
  );
}

/** The state of the run; while it runs, in which phase it is. */
function StatusPill({ model }: { model: RunModel }) {
  const { status } = model;
  const { word, tone } = stateWord(status);
  const phase = status.state === "running" ? phaseAt(model, status.elapsed_s) : undefined;
  return (
    <Pill tone={phase ? "ember" : tone} testId="status" title={status.message || word}>
      <i />
      <span>
        {word}
        {phase && <span className={css["label"]}> · {phase}</span>}
      </span>
    </Pill>
  );
}

function Elapsed({ elapsed, planned }: { elapsed: number; planned: number }) {
  return (
    <span className={`${css["pill"]} num`} title={planned > 0 ? "elapsed / planned" : "elapsed"}>
      <span>
        {clock(elapsed)}
        {planned > 0 && <span className={css["of"]}> / {clock(planned)}</span>}
      </span>
    </span>
  );
}
