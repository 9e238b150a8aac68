import { memo, useMemo } from "react";
import type { Shown } from "../charts/context";
import { Sparkline } from "../charts/Sparkline";
import { thin } from "../model/derive";
import { Badge, Card } from "../ui/Card";
import { count, percent, plural } from "../ui/format";
import ui from "../ui/ui.module.css";
import css from "./panels.module.css";

/** What each worker does; nothing where there is only one. */
export const Workers = memo(function Workers({ shown }: { shown: Shown }) {
  const { model } = shown;
  const { workers } = model.status;
  if (workers.length < 2) return null;
  const lost = workers.filter((w) => w.lost).length;
  return (
    <Card
      title="Workers"
      sub={plural(workers.length, "worker")}
      testId="workers"
      tools={<Badge tone={lost > 0 ? "bad" : "good"}>{lost > 0 ? `✕ ${lost} lost` : "✓ all connected"}</Badge>}
    >
      <div className={ui["tableWrap"]}>
        <table className={ui["table"]}>
          <thead>
            <tr>
              <th scope="col">Worker</th>
              <th scope="col">Share</th>
              <th scope="col">Users</th>
              <th scope="col">Requests</th>
              <th scope="col">CPU</th>
              <th scope="col" className={ui["narrow"]}>
                Requests/s
              </th>
            </tr>
          </thead>
          <tbody>
            {workers.map((w) => (
              <tr key={w.id}>
                <td>
                  {w.name || `worker ${w.id}`} {w.lost && <Badge tone="bad">lost</Badge>}
                </td>
                <td>{percent(w.share * 100)}</td>
                <td>{count(w.active)}</td>
                <td>{count(w.requests)}</td>
                <td>{percent(w.cpu * 100)}</td>
                <td className={ui["narrow"]}>
                  <WorkerTrend shown={shown} id={w.id} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
});

function WorkerTrend({ shown, id }: { shown: Shown; id: number }) {
  const values = useMemo(() => thin(shown.model.column(`w.${id}.requests`) ?? [], 60), [shown, id]);
  return (
    <span className={css["sparkCell"]}>
      <Sparkline values={values} token="--thr" height={22} />
    </span>
  );
}
