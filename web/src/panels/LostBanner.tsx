import type { RunModel } from "../model/run";
import { live } from "../sources/start";
import { useStore } from "../store";
import app from "../styles/app.module.css";
import { clock } from "../ui/format";
import { Icon } from "../ui/Icon";
import ui from "../ui/ui.module.css";
import { Countdown } from "./Connection";

/** Says that what is shown is old, since when, and what is done about it. */
export function LostBanner({ model }: { model: RunModel }) {
  const connection = useStore((s) => s.connection);
  if (connection.state !== "lost" || connection.attempt < 2) return null;
  // A tab that was hidden at the end finds no server, and can't tell why.
  const what = live()?.overdue()
    ? "the run should be over by now, and its report is where the terminal says"
    : "a run goes on without its page, and nothing of it is lost";
  return (
    <div className={app["banner"]} data-tone="bad" role="alert">
      <Icon name="alert" />
      <span>
        The connection is lost. What you see ends at <b className="num">{clock(model.status.elapsed_s)}</b>; {what}.{" "}
        <Countdown at={connection.retryAt} />
      </span>
      <button
        type="button"
        className={`${ui["btn"]} ${ui["small"]}`}
        style={{ marginLeft: "auto" }}
        onClick={() => live()?.retryNow()}
      >
        Try now
      </button>
    </div>
  );
}
