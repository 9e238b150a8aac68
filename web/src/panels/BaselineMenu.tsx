import { useState } from "react";
import type { RunSummary } from "../model/schema";
import { fetchRun, fetchRuns } from "../sources/api";
import { get, set, useStore } from "../store";
import { moment, shortMoment } from "../ui/format";
import { Icon } from "../ui/Icon";
import { Menu } from "../ui/Menu";
import ui from "../ui/ui.module.css";

const LISTED = 12;

async function choose(id: string): Promise<void> {
  set({ baseline: { id, model: await fetchRun(id) }, compare: true });
}

/** The run to compare with: switched on and off, or another one chosen. */
export function BaselineMenu() {
  const baseline = useStore((s) => s.baseline);
  const compare = useStore((s) => s.compare);
  const source = useStore((s) => s.source);
  if (!baseline && source === "embedded") return null;
  const name = baseline ? `vs. ${shortMoment(baseline.model.run.started)}` : "";
  return (
    <>
      {baseline && (
        <button
          type="button"
          className={`${ui["btn"]} ${compare ? ui["on"] : ""}`}
          aria-pressed={compare}
          aria-label={name}
          title={`Compare with ${baseline.id} (C)`}
          onClick={() => set({ compare: !compare })}
        >
          <Icon name="compare" />
          <span className={ui["narrow"]}>{name}</span>
        </button>
      )}
      {source !== "embedded" && <Choose current={baseline?.id} />}
    </>
  );
}

function Choose({ current }: { current: string | undefined }) {
  const [runs, setRuns] = useState<RunSummary[] | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const attempt = async (what: () => Promise<void>): Promise<void> => {
    setBusy(true);
    setProblem("");
    try {
      await what();
    } catch (e) {
      setProblem(String(e instanceof Error ? e.message : e));
    }
    setBusy(false);
  };
  const load = async (): Promise<void> => {
    const own = get().model?.run;
    const list = await fetchRuns();
    setRuns(
      list
        .filter((r) => r.id !== own?.id && r.state !== "live")
        .sort((a, b) => Number(b.test === own?.test) - Number(a.test === own?.test)),
    );
  };
  return (
    <Menu
      label="Choose a run to compare with"
      onOpen={() => void attempt(load)}
      className={ui["icon"] ?? ""}
      trigger={<Icon name={current ? "more" : "compare"} />}
    >
      {(close) => (
        <>
          <span className={ui["menuLabel"]}>{busy ? "Loading…" : "Compare with"}</span>
          {problem && (
            <span className={ui["menuLabel"]} role="alert">
              {problem}
            </span>
          )}
          {runs?.length === 0 && <span className={ui["menuLabel"]}>No other run here</span>}
          {runs?.slice(0, LISTED).map((r) => (
            <button
              key={r.id}
              type="button"
              data-keep
              aria-current={r.id === current || undefined}
              onClick={() => void attempt(() => choose(r.id).then(close))}
            >
              {r.test}
              <small>{moment(r.started)}</small>
            </button>
          ))}
        </>
      )}
    </Menu>
  );
}
