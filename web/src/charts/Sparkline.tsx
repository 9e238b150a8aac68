import { memo, useLayoutEffect, useRef } from "react";
import { outline, type Values } from "../model/derive";
import { useStore } from "../store";
import { color, faded } from "../ui/theme";

interface SparklineProps {
  /** A function is asked only while the line is in sight. */
  values: Values | (() => Values);
  token: string;
  width?: number;
  height: number;
  fill?: boolean;
  base?: Values | null;
  /** The lowest top of the scale: noise around 0 is no mountain. */
  least?: number;
  /** Between the lowest and the highest value, not from zero. */
  tight?: boolean;
}

/** A line as small as a word; what it says stands beside it in figures. */
export const Sparkline = memo(function Sparkline(props: SparklineProps) {
  const ref = useRef<HTMLCanvasElement>(null);
  const now = useRef({ props, visible: false, stale: true, width: 0 });
  now.current.props = props;
  const theme = useStore((s) => s.theme);
  const refresh = useRef(() => {
    const { visible, width, props: p } = now.current;
    now.current.stale = !visible || width === 0;
    if (!now.current.stale && ref.current) draw(ref.current, width, p);
  }).current;
  useLayoutEffect(() => {
    const canvas = ref.current;
    if (!canvas) return;
    return watch(canvas, (visible) => {
      now.current.visible = visible;
      if (now.current.stale) refresh();
    });
  }, [refresh]);
  useLayoutEffect(() => {
    const canvas = ref.current;
    if (!canvas) return;
    // Asking the canvas for its width would lay the page out for every line.
    const resize = new ResizeObserver(([entry]) => {
      now.current.width = entry?.contentRect.width ?? 0;
      refresh();
    });
    resize.observe(canvas);
    return () => resize.disconnect();
  }, [refresh]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: these are what is drawn
  useLayoutEffect(refresh, [props.values, props.base, props.token, theme]);
  return (
    <span aria-hidden="true">
      <canvas ref={ref} style={{ display: "block", width: props.width ?? "100%", height: props.height }} />
    </span>
  );
});

const watched = new Map<Element, (visible: boolean) => void>();
let sight: IntersectionObserver | undefined;

// Paper shows all of them.
addEventListener("beforeprint", () => {
  for (const tell of watched.values()) tell(true);
});

/** Tells when an element comes into sight or leaves; one observer for all. */
function watch(element: Element, tell: (visible: boolean) => void): () => void {
  sight ??= new IntersectionObserver(
    (entries) => {
      for (const e of entries) watched.get(e.target)?.(e.isIntersecting);
    },
    { rootMargin: "100px" },
  );
  watched.set(element, tell);
  sight.observe(element);
  return () => {
    sight?.unobserve(element);
    watched.delete(element);
  };
}

function draw(canvas: HTMLCanvasElement, w: number, props: SparklineProps): void {
  const { token, fill, least = 0, tight, height: h } = props;
  // A path of an hour's seconds costs twenty times what can be seen of it.
  const values = outline(typeof props.values === "function" ? props.values() : props.values, Math.round(w));
  const base = props.base && outline(props.base, Math.round(w));
  const r = Math.max(2, devicePixelRatio);
  const pixels = Math.round(w * r);
  // A new size is a new canvas: only when it is one.
  if (canvas.width !== pixels || canvas.height !== h * r) {
    canvas.width = pixels;
    canvas.height = h * r;
  }
  const ctx = canvas.getContext("2d");
  if (!ctx) return;
  ctx.setTransform(r, 0, 0, r, 0, 0);
  ctx.clearRect(0, 0, w, h);
  let max = least;
  let min = Number.POSITIVE_INFINITY;
  for (const v of [...values, ...(base ?? [])]) {
    if (v === null) continue;
    if (v > max) max = v;
    if (v < min) min = v;
  }
  if (!tight || min === Number.POSITIVE_INFINITY) min = 0;
  const span = max - min || 1;
  const y = (v: number): number => h - 1.5 - ((v - min) / span) * (h - 4);
  const trace = (list: Values, close: boolean): void => {
    ctx.beginPath();
    let open = -1;
    const end = (i: number): void => {
      if (!close || open < 0) return;
      ctx.lineTo((i / Math.max(list.length - 1, 1)) * w, h);
      ctx.lineTo((open / Math.max(list.length - 1, 1)) * w, h);
      ctx.closePath();
    };
    list.forEach((v, i) => {
      const x = (i / Math.max(list.length - 1, 1)) * w;
      if (v === null) {
        end(i - 1);
        open = -1;
      } else if (open < 0) {
        open = i;
        ctx.moveTo(x, y(v));
        // Alone between gaps it would have no length.
        if ((list[i + 1] ?? null) === null) ctx.lineTo(x + 1.5, y(v));
      } else ctx.lineTo(x, y(v));
    });
    end(list.length - 1);
  };
  if (fill) {
    trace(values, true);
    const g = ctx.createLinearGradient(0, 0, 0, h);
    g.addColorStop(0, faded(token, 0.26));
    g.addColorStop(1, faded(token, 0.02));
    ctx.fillStyle = g;
    ctx.fill();
  }
  if (base) {
    trace(base, false);
    ctx.setLineDash([1.5, 2.5]);
    ctx.lineWidth = 1.1;
    ctx.strokeStyle = color("--ghost");
    ctx.stroke();
    ctx.setLineDash([]);
  }
  trace(values, false);
  ctx.lineWidth = 1.5;
  ctx.lineJoin = "round";
  ctx.strokeStyle = color(token);
  ctx.stroke();
}
