import { useCallback, useEffect, useState } from "react";
import { ChartBar } from "./charts/ChartBar";
import css from "./charts/charts.module.css";
import { useShown } from "./charts/context";
import { Distribution } from "./charts/Distribution";
import { Errors } from "./charts/Errors";
import { Heatmap } from "./charts/Heatmap";
import { LatencyBands } from "./charts/LatencyBands";
import { Throughput } from "./charts/Throughput";
import { Users } from "./charts/Users";
import type { RunModel } from "./model/run";
import { Checks } from "./panels/Checks";
import { Endpoints } from "./panels/Endpoints";
import { ErrorsTable } from "./panels/ErrorsTable";
import { Events } from "./panels/Events";
import { Foot } from "./panels/Foot";
import { GeneratorHealth } from "./panels/GeneratorHealth";
import { Help } from "./panels/Help";
import { Kpis } from "./panels/Kpis";
import { LostBanner } from "./panels/LostBanner";
import { Plan } from "./panels/Plan";
import { Connecting, Failed } from "./panels/Screens";
import { Thresholds } from "./panels/Thresholds";
import { TopBar } from "./panels/TopBar";
import { Verdict } from "./panels/Verdict";
import { Workers } from "./panels/Workers";
import { useStore } from "./store";
import app from "./styles/app.module.css";
import { whenPainted } from "./ui/painted";
import { Seen } from "./ui/Seen";
import { useKeys } from "./ui/useKeys";

// Charts of the first stages.
const FIRST = [2, 4];

const charts = [Throughput, LatencyBands, Users, Errors, Heatmap, Distribution];
const tables = [Endpoints, ErrorsTable, Workers, Plan];
const asides = [Thresholds, GeneratorHealth, Checks, Events];

/**
 * How far the page is: what is seen first is drawn first, 0; then what most
 * screens have room for, too, 1; and all the rest, which would only be in the
 * way, when the browser says that something is on the screen, 2.
 */
function useStage(): number {
  const [stage, setStage] = useState(0);
  useEffect(() => {
    if (stage === 2) return;
    let forget = (): void => {};
    // Two frames: the second one begins when the first is drawn.
    let frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(() => {
        if (stage === 0) setStage(1);
        else forget = whenPainted(() => setStage(2));
      });
    });
    return () => {
      cancelAnimationFrame(frame);
      forget();
    };
  }, [stage]);
  return stage;
}

/** The dashboard of a live run and the report of one that is over: the same. */
export function App() {
  const model = useStore((s) => s.model);
  const problem = useStore((s) => s.problem);
  const source = useStore((s) => s.source);
  if (model) return <Dashboard model={model} />;
  return problem && source !== "live" ? <Failed problem={problem} /> : <Connecting />;
}

function Dashboard({ model }: { model: RunModel }) {
  const [help, setHelp] = useState(false);
  const openHelp = useCallback(() => setHelp(true), []);
  useKeys(openHelp);
  const shown = useShown(model);
  const stage = useStage();
  const rest = stage > 1;
  return (
    <>
      <TopBar model={model} help={openHelp} />
      <main className={app["main"]}>
        <LostBanner model={model} />
        <Verdict model={model} />
        <Kpis shown={shown} />
        <ChartBar shown={shown} />
        <div className={css["grid"]}>
          {charts.slice(0, FIRST[stage]).map((Chart, i) => (
            <Seen key={i} shown={shown} turn={i}>
              {(s) => <Chart shown={s} />}
            </Seen>
          ))}
        </div>
        <div className={app["cols"]}>
          <div className={app["wide"]}>
            {rest &&
              tables.map((Panel, i) => (
                <Seen key={i} shown={shown}>
                  {(s) => <Panel shown={s} />}
                </Seen>
              ))}
          </div>
          <div className={app["side"]}>
            {rest &&
              asides.map((Panel, i) => (
                <Seen key={i} shown={shown}>
                  {(s) => <Panel shown={s} />}
                </Seen>
              ))}
          </div>
        </div>
        <Foot model={model} />
      </main>
      {help && <Help onClose={() => setHelp(false)} />}
    </>
  );
}
