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
  return (
    <>
      {baseline && (
        <button
          type="button"
          className={`${ui["btn"]} ${compare ? ui["on"] : ""} ${ui["narrow"]}`}
          aria-pressed={compare}
          title={`Compare with ${baseline.id} (C)`}
          onClick={() => set({ compare: !compare })}
        >
          <Icon name="compare" />
          vs. {shortMoment(baseline.model.run.started)}
        </button>
      )}
      {source !== "embedded" && <Choose current={baseline?.id} />}
    </>
  );
}

function Choose({ current }: { current: string | undefined }) {
  const [runs, setRuns] = useState<RunSummary[] | null>(null);
  const [problem, setProblem] = useState("");
  const load = (): void => {
    const own = get().model?.run;
    fetchRuns().then(
      (list) =>
        setRuns(
          list
            .filter((r) => r.id !== own?.id && r.state !== "live")
            .sort((a, b) => Number(b.test === own?.test) - Number(a.test === own?.test)),
        ),
      (e: unknown) => setProblem(String(e instanceof Error ? e.message : e)),
    );
  };
  const pick = (id: string): void => {
    choose(id).catch((e: unknown) => setProblem(String(e instanceof Error ? e.message : e)));
  };
  return (
    <span className={ui["narrow"]}>
      <Menu
        label="Choose a run to compare with"
        onOpen={load}
        className={ui["icon"] ?? ""}
        trigger={<Icon name={current ? "more" : "compare"} />}
      >
        <span className={ui["menuLabel"]}>Compare with</span>
        {problem && <span className={ui["menuLabel"]}>{problem}</span>}
        {!problem && runs === null && <span className={ui["menuLabel"]}>Loading…</span>}
        {runs?.length === 0 && <span className={ui["menuLabel"]}>No other run here</span>}
        {runs?.slice(0, LISTED).map((r) => (
          <button key={r.id} type="button" aria-current={r.id === current || undefined} onClick={() => pick(r.id)}>
            {r.test}
            <small>{moment(r.started)}</small>
          </button>
        ))}
      </Menu>
    </span>
  );
}
