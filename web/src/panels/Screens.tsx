import { live } from "../sources/start";
import { useStore } from "../store";
import app from "../styles/app.module.css";
import { Logo } from "../ui/Icon";
import ui from "../ui/ui.module.css";
import { Countdown } from "./Connection";

/** Before there is a run to show. */
export function Connecting() {
  const connection = useStore((s) => s.connection);
  const problem = useStore((s) => s.problem);
  const source = useStore((s) => s.source);
  const lost = connection.state === "lost";
  return (
    <main className={app["screen"]}>
      <div className={`${app["box"]} ${lost ? "" : app["glow"]}`} data-testid="connection" role="status">
        <Logo />
        <h1>
          {lost ? "No answer from LoadForge yet" : source === "live" ? "Connecting to the run" : "Opening the run"}
        </h1>
        {lost ? (
          <>
            <p>
              {problem} <Countdown at={connection.retryAt} />
            </p>
            <button type="button" className={ui["btn"]} onClick={() => live()?.retryNow()}>
              Try now
            </button>
          </>
        ) : (
          <p>{source === "live" ? "First what happened so far, then every second as it comes." : "One moment."}</p>
        )}
      </div>
    </main>
  );
}

/** A run that can't be shown, and why. */
export function Failed({ problem }: { problem: string }) {
  return (
    <main className={app["screen"]}>
      <div className={app["box"]} role="alert">
        <Logo />
        <h1>This run can't be shown</h1>
        <p>{problem}</p>
        <button type="button" className={ui["btn"]} onClick={() => location.reload()}>
          Try again
        </button>
      </div>
    </main>
  );
}
