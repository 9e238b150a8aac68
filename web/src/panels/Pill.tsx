import type { ReactNode } from "react";
import css from "./top.module.css";

interface PillProps {
  tone: string;
  live?: boolean;
  testId?: string;
  title?: string;
  children: ReactNode;
}

/** A state in a word or two, read out when it changes. */
export function Pill({ tone, live, testId, title, children }: PillProps) {
  return (
    <span
      className={css["pill"]}
      data-tone={tone}
      data-live={live || undefined}
      data-testid={testId}
      title={title}
      role="status"
    >
      {children}
    </span>
  );
}
