import { type RefObject, useEffect, useImperativeHandle, useLayoutEffect, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import "./uplot.css";
import { record } from "../measure";
import { get, useStore } from "../store";
import { clock } from "../ui/format";
import css from "./charts.module.css";
import { optionsOf } from "./options";
import { handleKey } from "./plugins/keyboard";
import { tooltip } from "./plugins/tooltip";
import { touch } from "./plugins/touch";
import type { ChartSpec, Line, Reading } from "./spec";
import { cool, heat } from "./sync";
import { rangeOf, resetZoom, zoomTo } from "./view";

export interface ChartHandle {
  /** The chart with its newest data, also when it is out of sight. */
  plot: () => uPlot | null;
}

interface ChartHostProps {
  spec: ChartSpec;
  data: uPlot.AlignedData;
  hidden: ReadonlySet<string>;
  label: string;
  aside: RefObject<HTMLElement | null>;
  handle: RefObject<ChartHandle | null>;
}

/** Values of the lines at an index; those without one are left out. */
export function readLines(lines: Line[], index: number, u: uPlot): Reading[] {
  return lines.flatMap((line, i) => {
    const value = (u.data[i + 1] as (number | null)[])[index];
    if (value === null || value === undefined || u.series[i + 1]?.show === false) return [];
    return [{ color: line.color, label: line.label, value: line.format(value) }];
  });
}

const xRange = (spec: ChartSpec): readonly [number, number] =>
  spec.time ? rangeOf(get()) : (spec.xRange?.() ?? [0, 1]);

const titleOf = (spec: ChartSpec, index: number, u: uPlot): string =>
  (spec.xFormat ?? clock)((u.data[0] as number[])[index] as number);

/** A uPlot chart that follows its data, the theme, the zoom and its own size. */
export function ChartHost({ spec, data, hidden, label, aside, handle }: ChartHostProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef({ data, spec, stale: false, visible: true });
  latest.current.data = data;
  latest.current.spec = spec;
  const theme = useStore((s) => s.theme);
  const zoom = useStore((s) => s.zoom);
  const recent = useStore((s) => s.recent);
  const [said, say] = useState("");

  const refresh = useRef(() => {
    const u = plot.current;
    if (!u) return;
    const now = latest.current;
    now.stale = !now.visible;
    if (now.stale) return;
    const [min, max] = xRange(now.spec);
    u.batch(() => {
      u.setData(now.data, false);
      u.setScale("x", { min, max });
    });
  }).current;

  // biome-ignore lint/correctness/useExhaustiveDependencies: a spec with the same key draws alike
  useLayoutEffect(() => {
    const node = host.current;
    if (!node) return;
    const read = (i: number, u: uPlot): Reading[] =>
      latest.current.spec.read?.(i, u) ?? readLines(latest.current.spec.lines, i, u);
    const tip = tooltip({
      className: css["tip"] ?? "",
      title: (i, u) => titleOf(latest.current.spec, i, u),
      read,
      aside: () => aside.current,
    });
    const size = { width: Math.max(node.clientWidth, 50), height: Math.max(node.clientHeight, 100) };
    const plugins = [...(spec.plugins?.() ?? []), tip, ...(spec.time ? [touch()] : [])];
    const u = new uPlot(
      optionsOf(spec, () => xRange(latest.current.spec), size, plugins),
      latest.current.data,
      node,
    );
    plot.current = u;
    listen(u, spec.time);
    const resize = new ResizeObserver(() => {
      const width = node.clientWidth;
      const height = node.clientHeight;
      if (width > 0 && (width !== u.width || height !== u.height)) u.setSize({ width, height });
    });
    resize.observe(node);
    const sight = new IntersectionObserver(
      ([entry]) => {
        latest.current.visible = entry?.isIntersecting ?? true;
        if (latest.current.visible && latest.current.stale) refresh();
      },
      { rootMargin: "150px" },
    );
    sight.observe(node);
    return () => {
      resize.disconnect();
      sight.disconnect();
      latest.current.visible = true;
      plot.current = null;
      u.destroy();
    };
  }, [spec.key, theme]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: these are what is drawn
  useLayoutEffect(refresh, [data, zoom, recent]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new chart shows all lines at first
  useLayoutEffect(() => {
    latest.current.spec.lines.forEach((line, i) => {
      const show = !hidden.has(line.key);
      if (plot.current?.series[i + 1]?.show !== show) plot.current?.setSeries(i + 1, { show });
    });
  }, [hidden, spec.key, theme]);

  useImperativeHandle(handle, () => ({
    plot: () => {
      latest.current.visible = true;
      if (latest.current.stale) refresh();
      return plot.current;
    },
  }));

  useEffect(() => () => aside.current?.replaceChildren(), [aside]);

  const key = (e: React.KeyboardEvent): void => {
    const u = plot.current;
    if (!u || !handleKey(u, e, spec.time)) return;
    e.preventDefault();
    const i = u.cursor.idx;
    if (i === null || i === undefined) return;
    const values = spec.read?.(i, u) ?? readLines(spec.lines, i, u);
    say(`${titleOf(spec, i, u)}: ${values.map((r) => `${r.label} ${r.value}`).join(", ")}`);
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
        onBlur={() => plot.current && cool(plot.current)}
      />
      <span className="sr" role="status">
        {said}
      </span>
    </>
  );
}

function listen(u: uPlot, time: boolean): void {
  const { over } = u;
  let from = 0;
  over.addEventListener("mouseenter", () => heat(u));
  over.addEventListener("mouseleave", () => cool(u));
  const begin = (): void => {
    heat(u);
    from = performance.now();
  };
  // uPlot's own listener is between these two; all charts have moved by then.
  over.addEventListener("mousemove", begin, { capture: true });
  over.addEventListener("mousemove", () => record("hoverMs", performance.now() - from));
  if (!time) return;
  const select = (): void => {
    const { left, width } = u.select;
    if (width > 4) zoomTo(u.posToVal(left, "x"), u.posToVal(left + width, "x"));
    u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
  };
  u.hooks.setSelect = [select];
  over.addEventListener("dblclick", resetZoom);
}
