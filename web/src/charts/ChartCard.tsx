import { type CSSProperties, type ReactNode, useCallback, useRef, useState } from "react";
import type uPlot from "uplot";
import { get } from "../store";
import { fileName } from "../ui/download";
import { Icon } from "../ui/Icon";
import { Menu } from "../ui/Menu";
import ui from "../ui/ui.module.css";
import { ChartHost } from "./ChartHost";
import css from "./charts.module.css";
import { DataTable } from "./DataTable";
import { type ChartTable, saveCsv, savePng, tableOf } from "./export";
import type { Plot } from "./plot";
import type { ChartSpec, Line } from "./spec";

interface ChartCardProps {
  title: string;
  sub: string;
  testId: string;
  spec: ChartSpec;
  data: uPlot.AlignedData;
  /** Between title and legend. */
  tools?: ReactNode;
  /** In place of the legend. */
  legend?: ReactNode;
  /** Said in the middle of a chart without data. */
  none?: string | undefined;
  /** The numbers behind it, where they are not what is drawn. */
  table?: () => ChartTable;
}

/** A chart with its title, legend, and ways to take its data away. */
export function ChartCard({ title, sub, testId, spec, data, tools, legend, none, table }: ChartCardProps) {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [open, setOpen] = useState<ChartTable | null>(null);
  const aside = useRef<HTMLSpanElement>(null);
  const plot = useRef<Plot>(null);
  const name = (): string => fileName(get().model?.run.id ?? "run", title.toLowerCase());
  const numbers = (): ChartTable => table?.() ?? tableOf(spec.time ? "seconds" : "x", spec.lines, data);
  const flip = useCallback((key: string) => {
    setHidden((now) => {
      const next = new Set(now);
      if (!next.delete(key)) next.add(key);
      return next;
    });
  }, []);
  const png = (): void => {
    const u = plot.current?.current();
    if (u)
      savePng(
        u,
        name(),
        title,
        spec.lines.filter((l) => !hidden.has(l.key)),
      );
  };
  return (
    <section className={css["card"]} aria-label={title} data-testid={testId}>
      <div className={css["head"]}>
        <h2>{title}</h2>
        <span className={css["sub"]}>
          <span ref={aside} className={css["readout"]} />
          <span>{sub}</span>
        </span>
        {tools}
        {legend ?? <Legend lines={spec.lines} hidden={hidden} onFlip={flip} />}
        <span data-menu-spot data-noprint>
          <Menu
            label={`${title}: data and export`}
            className={`${ui["small"]} ${ui["icon"]} ${ui["quiet"]}`}
            trigger={<Icon name="more" />}
          >
            <button type="button" onClick={() => setOpen(numbers())}>
              Show the data
            </button>
            <button type="button" onClick={() => saveCsv(name(), numbers())}>
              Save as CSV
            </button>
            <button type="button" onClick={png}>
              Save as PNG
            </button>
          </Menu>
        </span>
      </div>
      <div className={css["body"]}>
        <ChartHost spec={spec} data={data} hidden={hidden} label={`${title}, ${sub}`} aside={aside} plot={plot} />
        {none && <div className={css["none"]}>{none}</div>}
      </div>
      {open && <DataTable title={title} name={name()} table={open} time={spec.time} onClose={() => setOpen(null)} />}
    </section>
  );
}

interface LegendProps {
  lines: Line[];
  hidden: ReadonlySet<string>;
  onFlip: (key: string) => void;
}

/** The lines by name; a click hides one. */
function Legend({ lines, hidden, onFlip }: LegendProps) {
  return (
    <div className={css["legend"]}>
      {lines.map((l) => (
        <button key={l.key} type="button" aria-pressed={!hidden.has(l.key)} data-print onClick={() => onFlip(l.key)}>
          <i
            data-sign={l.sign ?? (l.dash === "ghost" ? "dot" : l.dash ? "dash" : "line")}
            style={{ "--c": `var(${l.color})` } as CSSProperties}
          />
          {l.label}
        </button>
      ))}
    </div>
  );
}
