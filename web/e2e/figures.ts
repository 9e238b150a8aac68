import { appendFileSync } from "node:fs";
import { expect } from "vitest";
import { figuresFile } from "./paths";

function keep(name: string, value: string, budget: string): void {
  appendFileSync(figuresFile, `${JSON.stringify({ name, value, budget })}\n`);
}

const kib = (bytes: number): string => `${(bytes / 1024).toFixed(0)} KiB`;

/** A size is the same on every machine: it has to be within its budget. */
export function size(name: string, bytes: number, most?: number): void {
  keep(name, kib(bytes), most === undefined ? "" : `at most ${kib(most)}`);
  if (most !== undefined) expect(bytes, name).toBeLessThanOrEqual(most);
}

/** Machines differ, and are busy with other things. */
const LAVISH = 4;

/** A time is printed; only one far beyond its budget is a failure. */
export function time(name: string, ms: number, most?: number): void {
  keep(name, `${ms.toFixed(ms < 100 ? 1 : 0)} ms`, most === undefined ? "" : `budget ${most} ms`);
  if (most !== undefined) expect(ms, name).toBeLessThanOrEqual(most * LAVISH);
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
