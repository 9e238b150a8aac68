import { type ReactNode, useEffect, useRef, useState } from "react";
import type { Shown } from "../charts/context";
import css from "./ui.module.css";

/** Whether two are about the same thing, only at other seconds. */
const alike = (a: Shown, b: Shown): boolean =>
  a.model === b.model && a.scope === b.scope && a.base === b.base && a.stage === b.stage;

/**
 * Keeps what is out of sight as it was: every second, a live page draws what
 * somebody looks at and nothing else.
 */
export function Seen({ shown, children }: { shown: Shown; children: (shown: Shown) => ReactNode }) {
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
  if (near || !alike(kept.current, shown)) kept.current = shown;
  return (
    <div ref={host} className={css["seen"]}>
      {children(kept.current)}
    </div>
  );
}
