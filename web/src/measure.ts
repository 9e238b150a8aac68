import { get } from "./store";

// What the browser tests read: how long ticks and hovers kept the page busy.
const timings = { tickMs: [] as number[], hoverMs: [] as number[] };
const KEPT = 1000;

export function record(kind: keyof typeof timings, ms: number): void {
  const list = timings[kind];
  list.push(ms);
  if (list.length > KEPT) list.shift();
}

declare global {
  interface Window {
    loadforge: { timings: typeof timings; rows: () => number };
  }
}

window.loadforge = { timings, rows: () => get().model?.rows() ?? 0 };
