import { useState } from "react";
import { stopRun } from "../sources/api";
import { Dialog } from "../ui/Dialog";
import ui from "../ui/ui.module.css";
import css from "./panels.module.css";

/** Asks how the run should end: once, because it can't be taken back. */
export function StopDialog({ onClose }: { onClose: () => void }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const stop = async (now: boolean): Promise<void> => {
    setBusy(true);
    try {
      await stopRun(now);
      onClose();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      setBusy(false);
    }
  };
  return (
    <Dialog title="Stop this run?" onClose={onClose}>
      <p className={css["prose"]}>
        The run ends as interrupted, with everything measured so far. Users who are in the middle of an iteration can
        finish it, or be cut; what is cut does not count as an error.
      </p>
      {problem && (
        <p className={css["problem"]} role="alert">
          {problem}
        </p>
      )}
      <div className={css["actions"]}>
        <button type="button" className={ui["btn"]} onClick={onClose}>
          Keep running
        </button>
        <button type="button" className={ui["btn"]} disabled={busy} onClick={() => void stop(true)}>
          Cut now
        </button>
        <button type="button" className={`${ui["btn"]} ${ui["stop"]}`} disabled={busy} onClick={() => void stop(false)}>
          Let users finish
        </button>
      </div>
    </Dialog>
  );
}
