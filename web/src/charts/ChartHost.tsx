import { type RefObject, useLayoutEffect, useRef, useState } from "react";
import type uPlot from "uplot";
import { useStore } from "../store";
import css from "./charts.module.css";
import { Plot } from "./plot";
import { handleKey } from "./plugins/keyboard";
import type { ChartSpec } from "./spec";
import { cool } from "./sync";

interface ChartHostProps {
  spec: ChartSpec;
  data: uPlot.AlignedData;
  hidden: ReadonlySet<string>;
  label: string;
  /** Where the chart says its values while another one has the pointer. */
  aside: RefObject<HTMLElement | null>;
  plot: RefObject<Plot | null>;
}

/** A chart that follows its data, the theme, the zoom and its own size. */
export function ChartHost({ spec, data, hidden, label, aside, plot }: ChartHostProps) {
  const host = useRef<HTMLDivElement>(null);
  const theme = useStore((s) => s.theme);
  const zoom = useStore((s) => s.zoom);
  const recent = useStore((s) => s.recent);
  const drawn = useRef("");
  const [said, say] = useState("");

  // biome-ignore lint/correctness/useExhaustiveDependencies: what comes first is all it needs
  useLayoutEffect(() => {
    if (!host.current) return;
    const made = new Plot(host.current, () => aside.current, spec, data);
    plot.current = made;
    return () => {
      made.destroy();
      plot.current = null;
      drawn.current = "";
    };
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: these are what is drawn; a spec with the same key draws alike
  useLayoutEffect(() => {
    const look = `${spec.key} ${theme}`;
    if (drawn.current === look) plot.current?.update(spec, data);
    else plot.current?.rebuild(spec, data);
    drawn.current = look;
  }, [data, zoom, recent, spec.key, theme]);

  useLayoutEffect(() => plot.current?.hide(hidden), [hidden, plot]);

  const key = (e: React.KeyboardEvent): void => {
    const u = plot.current?.current();
    if (!u || !handleKey(u, e, spec.time)) return;
    e.preventDefault();
    const i = u.cursor.idx;
    if (i === null || i === undefined) return;
    const values = plot.current?.read(i).map((r) => `${r.label} ${r.value}`) ?? [];
    say(`${plot.current?.title(i)}: ${values.join(", ")}`);
  };
  return (
    <>
      <div
        ref={host}
        className={css["plot"]}
        role="group"
        aria-roledescription="chart"
        aria-label={label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrows move the crosshair
        tabIndex={0}
        onKeyDown={key}
        onBlur={() => plot.current?.u && cool(plot.current.u)}
      />
      <span className="sr" role="status">
        {said}
      </span>
    </>
  );
}
