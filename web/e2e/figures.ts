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

/** Processors differ: only what is far beyond its budget is a failure. */
const LAVISH = 4;

/** Time of a processor: it is printed, and has a budget. */
export function time(name: string, ms: number, most: number): void {
  keep(name, milliseconds(ms), `budget ${most} ms`);
  expect(ms, name).toBeLessThanOrEqual(most * LAVISH);
}

/** Time of a clock: it says as much of what else a machine does, and is only printed. */
export const clock = (name: string, ms: number): void => keep(name, milliseconds(ms), "by the clock");

/** Time of a processor without a budget. */
export const work = (name: string, ms: number): void => keep(name, milliseconds(ms), "of a processor");

const milliseconds = (ms: number): string => `${ms.toFixed(ms < 100 ? 1 : 0)} ms`;

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
