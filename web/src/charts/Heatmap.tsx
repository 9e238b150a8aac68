import { memo, useEffect, useMemo, useRef } from "react";
import { cellLow, type Histogram } from "../model/histogram";
import { useStore } from "../store";
import { axisLatency, count, latency, span } from "../ui/format";
import { ChartCard } from "./ChartCard";
import css from "./charts.module.css";
import { type Shown, scopeText, timeMarks } from "./context";
import type { ChartTable } from "./export";
import { HeatPainter, type HeatPicture, heatmap, rampAt } from "./plugins/heatmap";
import { type ChartSpec, logSplits, type Reading } from "./spec";
import { isPointed } from "./sync";

interface Drawn {
  /** Undefined until somebody sees it. */
  picture: HeatPicture | null | undefined;
  painter: HeatPainter;
  steps: Histogram[];
  width: number;
}

function pictureOf(drawn: Drawn): HeatPicture | null {
  if (drawn.picture === undefined) drawn.picture = drawn.painter.paint(drawn.steps);
  return drawn.picture;
}

/** How many requests took how long, step by step. */
export const Heatmap = memo(function Heatmap({ shown }: { shown: Shown }) {
  const { model } = shown;
  const theme = useStore((s) => s.theme);
  // What is shown has a scale of its own.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says what is shown
  const painter = useMemo(() => new HeatPainter(), [shown.scope.key]);
  const drawn = useRef<Drawn>({ picture: undefined, painter, steps: [], width: 1 });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme has colours of its own
  const data = useMemo(() => {
    const { model, scope } = shown;
    const steps = model.heat(scope.names);
    drawn.current = { picture: undefined, painter, steps, width: model.cellWidth };
    const x = steps.map((_, i) => i * model.cellWidth);
    return [x, x.map(() => null)] as [number[], null[]];
  }, [shown, theme, painter]);
  const spec = useMemo(
    (): ChartSpec => ({
      key: "heatmap",
      time: true,
      lines: [{ key: "heat", label: "requests", color: "--p50", drawn: true, format: count }],
      y: {
        format: axisLatency,
        log: true,
        range: () => {
          const p = pictureOf(drawn.current);
          return p ? [p.low, Math.max(p.high, p.low * 4)] : [1, 1000];
        },
        splits: logSplits,
      },
      plugins: () => [
        heatmap(
          () => pictureOf(drawn.current),
          () => drawn.current.width,
        ),
        ...timeMarks(),
      ],
      read: (i, u) => {
        const step = drawn.current.steps[i];
        if (!step) return [];
        const readings: Reading[] = [{ label: "requests", value: count(step.total) }];
        if (isPointed(u)) readings.push(...under(step, u.posToVal(u.cursor.top ?? 0, "y")));
        return readings;
      },
    }),
    [],
  );
  return (
    <ChartCard
      title="Latency heatmap"
      sub={`requests per ${span(model.cellWidth)} cell · ${scopeText(shown)}`}
      testId="chart-heatmap"
      spec={spec}
      data={data}
      legend={<Ramp />}
      none={drawn.current.steps.some((s) => s.total > 0) ? undefined : "No requests yet"}
      table={() => heatTable(drawn.current.steps, drawn.current.width)}
    />
  );
});

/** The requests of the cell below the pointer. */
function under(step: Histogram, ms: number): Reading[] {
  let c = 0;
  while (c < step.counts.length && cellLow(c + 1) / 1e6 <= ms) c++;
  const n = step.counts[c] ?? 0;
  return [{ label: `${latency(cellLow(c) / 1e6)} – ${latency(cellLow(c + 1) / 1e6)}`, value: count(n) }];
}

function heatTable(steps: Histogram[], width: number): ChartTable {
  const rows: (number | null)[][] = [];
  steps.forEach((step, i) => {
    step.counts.forEach((n, c) => {
      if (n > 0) rows.push([i * width, cellLow(c) / 1e6, cellLow(c + 1) / 1e6, Math.round(n)]);
    });
  });
  return { head: ["seconds", "from ms", "to ms", "requests"], rows };
}

/** What the colours mean. */
function Ramp() {
  const ref = useRef<HTMLCanvasElement>(null);
  const theme = useStore((s) => s.theme);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the colours are the theme's
  useEffect(() => {
    const ctx = ref.current?.getContext("2d");
    if (!ctx) return;
    for (let x = 0; x < 90; x++) {
      ctx.fillStyle = `rgb(${rampAt(x / 90).join()})`;
      ctx.fillRect(x, 0, 1, 8);
    }
  }, [theme]);
  return (
    <span className={css["ramp"]} aria-hidden="true">
      few
      <canvas ref={ref} width="90" height="8" />
      many
    </span>
  );
}
