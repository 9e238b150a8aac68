import { useEffect, useState } from "react";
import { live } from "../sources/start";
import { useStore } from "../store";
import { Pill } from "./Pill";

/** Whether what is shown is what is going on. */
export function ConnectionPill() {
  const connection = useStore((s) => s.connection);
  const paused = useStore((s) => s.paused);
  switch (connection.state) {
    case "live":
      return paused ? (
        <Pill tone="warn" testId="connection" title="New data is kept and shown when you follow again">
          <i />
          Paused
        </Pill>
      ) : (
        <Pill tone="good" live testId="connection" title="Connected: a new second arrives every second">
          <i />
          Live
        </Pill>
      );
    case "lost":
      return (
        <Pill
          tone="bad"
          testId="connection"
          title={
            live()?.overdue()
              ? "The run should be over by now, and its report is where the terminal says"
              : "Nothing is lost: what you miss is sent when the connection is back"
          }
        >
          <i />
          <span>
            Connection lost · <Countdown at={connection.retryAt} />
          </span>
          <button type="button" onClick={() => live()?.retryNow()}>
            Retry
          </button>
        </Pill>
      );
    case "ended":
      return (
        <Pill tone="none" testId="connection" title="The run is over and so is the stream">
          Stream ended
        </Pill>
      );
    case "saved":
      return null;
    default:
      return (
        <Pill tone="warn" testId="connection">
          <i />
          Connecting
        </Pill>
      );
  }
}

/** Whole seconds until a moment; to be seen only: read out each second they would drown the rest. */
export function Countdown({ at }: { at: number }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, []);
  const left = Math.ceil((at - now) / 1000);
  return (
    <span className="num" aria-hidden="true">
      {left > 0 ? `retry in ${left} s` : "retrying"}
    </span>
  );
}
