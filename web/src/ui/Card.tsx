import type { ReactNode } from "react";
import css from "./ui.module.css";

interface CardProps {
  title: string;
  sub?: ReactNode;
  tools?: ReactNode;
  /** Tools that get a line of their own on a phone. */
  wide?: boolean;
  testId?: string;
  className?: string;
  children: ReactNode;
}

/** A panel with a title. */
export function Card({ title, sub, tools, wide, testId, className = "", children }: CardProps) {
  return (
    <section className={`${css["card"]} ${className}`} aria-label={title} data-testid={testId}>
      <div className={css["head"]}>
        <h2>{title}</h2>
        {sub !== undefined && <span className={css["sub"]}>{sub}</span>}
        {tools !== undefined && (
          <div className={css["tools"]} data-wide={wide || undefined}>
            {tools}
          </div>
        )}
      </div>
      {children}
    </section>
  );
}

export type Tone = "good" | "bad" | "warn" | "info" | "none";

/** A short word in a colour that only repeats what it says. */
export function Badge({ tone, children, title }: { tone: Tone; children: ReactNode; title?: string }) {
  return (
    <span className={css["badge"]} data-tone={tone} title={title}>
      {children}
    </span>
  );
}

/** One of a few. */
export function Toggle<T extends string | number>(props: {
  label: string;
  options: readonly (readonly [T, string])[];
  value: T;
  onChange: (value: T) => void;
}) {
  return (
    <span className={css["toggle"]} role="group" aria-label={props.label}>
      {props.options.map(([value, text]) => (
        <button key={value} type="button" aria-pressed={value === props.value} onClick={() => props.onChange(value)}>
          {text}
        </button>
      ))}
    </span>
  );
}
