import { follow, going } from "../sources/start";
import { set, useStore } from "../store";
import { Badge, Toggle } from "../ui/Card";
import { clock, span } from "../ui/format";
import { Icon } from "../ui/Icon";
import ui from "../ui/ui.module.css";
import css from "./charts.module.css";
import { type Shown, scopeText } from "./context";
import { resetZoom } from "./view";

const windows = [
  [0, "Whole run"],
  [900, "15 min"],
  [300, "5 min"],
  [60, "1 min"],
] as const;

/** What the charts below are about, which stretch of time, and whether it moves. */
export function ChartBar({ shown }: { shown: Shown }) {
  const { model, scope } = shown;
  const zoom = useStore((s) => s.zoom);
  const recent = useStore((s) => s.recent);
  const paused = useStore((s) => s.paused);
  const filter = useStore((s) => s.filter);
  const moves = useStore(going);
  const fitting = windows.filter(([s]) => s === 0 || s < model.end);
  const button = `${ui["btn"]} ${ui["small"]}`;
  return (
    <div className={css["bar"]} data-noprint>
      <div className={css["scope"]}>
        {scope.kind === "all" ? (
          <span>All requests</span>
        ) : (
          <>
            <span>Only</span>
            <b title={scopeText(shown)}>{scope.kind === "none" ? `“${filter}”: no match` : scopeText(shown)}</b>
            {scope.kind === "some" && (
              <Badge tone="none" title="Percentiles of several endpoints are of merged cells">
                percentiles ±3 %
              </Badge>
            )}
            <button type="button" className={button} onClick={() => set({ filter: "" })}>
              Show all
            </button>
          </>
        )}
      </div>
      <span data-push />
      {zoom && (
        <button type="button" className={button} onClick={resetZoom} title="Show the whole run (Esc)">
          <Icon name="zoom" size={13} />
          <span className="num">
            {clock(zoom[0])}–{clock(zoom[1])} · {span(Math.round(zoom[1] - zoom[0]))}
          </span>
          · Reset
        </button>
      )}
      {fitting.length > 1 && (
        <Toggle
          label="Stretch of time"
          options={fitting}
          value={zoom ? -1 : recent}
          onChange={(s) => set({ recent: s, zoom: null })}
        />
      )}
      {moves && (
        <button
          type="button"
          className={`${button} ${paused ? ui["on"] : ""}`}
          aria-pressed={paused}
          title="Pause and follow (Space)"
          onClick={() => follow(paused)}
        >
          <Icon name={paused ? "play" : "pause"} size={12} />
          {paused ? "Follow" : "Pause"}
        </button>
      )}
    </div>
  );
}
