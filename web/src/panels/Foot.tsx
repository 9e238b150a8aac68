import type { RunModel } from "../model/run";
import app from "../styles/app.module.css";
import { moment, plural } from "../ui/format";

export function Foot({ model }: { model: RunModel }) {
  const { run } = model;
  return (
    <footer className={app["foot"]}>
      <span>
        LoadForge {run.version} · {moment(run.started)} · seed {run.seed} · {plural(Math.max(1, run.workers), "worker")}{" "}
        · {run.host}
      </span>
      <span className={app["keys"]} data-noprint>
        Drag to zoom every chart · <kbd>Esc</kbd> reset · <kbd>←</kbd> <kbd>→</kbd> crosshair · <kbd>/</kbd> filter ·{" "}
        <kbd>T</kbd> theme · <kbd>C</kbd> compare · <kbd>?</kbd> all keys
      </span>
    </footer>
  );
}
