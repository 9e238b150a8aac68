import { useMemo } from "react";
import { Sparkline } from "../charts/Sparkline";
import { thin } from "../model/derive";
import type { RunModel } from "../model/run";
import { useStore } from "../store";
import { Badge, Card } from "../ui/Card";
import { count, percent, plural } from "../ui/format";
import ui from "../ui/ui.module.css";
import css from "./panels.module.css";

/** What each worker does; nothing where there is only one. */
export function Workers({ model }: { model: RunModel }) {
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
                  <WorkerTrend model={model} id={w.id} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

function WorkerTrend({ model, id }: { model: RunModel; id: number }) {
  const version = useStore((s) => s.version);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the model changes in place; version tells
  const values = useMemo(() => thin(model.column(`w.${id}.requests`) ?? [], 60), [model, id, version]);
  return (
    <span className={css["sparkCell"]}>
      <Sparkline values={values} token="--thr" height={22} />
    </span>
  );
}
