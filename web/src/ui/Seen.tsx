import { type ReactNode, useEffect, useRef, useState } from "react";
import type { Shown } from "../charts/context";
import { get } from "../store";
import css from "./ui.module.css";

/** Whether two are about the same thing, only at other seconds. */
const alike = (a: Shown, b: Shown): boolean =>
  a.model === b.model && a.scope === b.scope && a.base === b.base && a.stage === b.stage;

// As many buckets as a chart has pixels in two columns, about.
const PIXELS = 600;

/** How many seconds a second is wide on the screen: below one, it can wait. */
function pace(shown: Shown): number {
  const { zoom, recent } = get();
  return zoom || recent > 0 ? 1 : Math.max(1, Math.floor(shown.model.axis.count / PIXELS));
}

interface SeenProps {
  shown: Shown;
  /** Charts of a long run, where a second is a fraction of a pixel, take turns. */
  turn?: number;
  children: (shown: Shown) => ReactNode;
}

/**
 * Keeps what is out of sight as it was: every second, a live page draws what
 * somebody looks at and nothing else.
 */
export function Seen({ shown, turn, children }: SeenProps) {
  const host = useRef<HTMLDivElement>(null);
  const kept = useRef(shown);
  const [near, setNear] = useState(true);
  useEffect(() => {
    const node = host.current;
    if (!node) return;
    const sight = new IntersectionObserver((entries) => setNear(entries.at(-1)?.isIntersecting ?? true), {
      rootMargin: "150px",
    });
    sight.observe(node);
    // Paper shows all of it.
    const print = (): void => setNear(true);
    addEventListener("beforeprint", print);
    return () => {
      sight.disconnect();
      removeEventListener("beforeprint", print);
    };
  }, []);
  const due = turn === undefined || (shown.version + turn) % pace(shown) === 0;
  if ((near && due) || !alike(kept.current, shown)) kept.current = shown;
  return (
    <div ref={host} className={css["seen"]}>
      {children(kept.current)}
    </div>
  );
}
