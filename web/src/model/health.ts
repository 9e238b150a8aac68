import type { RunModel } from "./run";
import type { Status, Threshold } from "./schema";

export interface Headline {
  tone: "good" | "bad" | "warn";
  title: string;
  /** What the numbers say, without units: the panel writes those. */
  failed: Threshold[];
  reasons: string[];
}

const many = (n: number, thing: string): string => `${n} ${thing}${n === 1 ? "" : "s"}`;

/** Whether nothing more is to come: the run ended, or what recorded it did. */
export const isOver = (status: Status): boolean => status.state === "finished" || status.state === "cut";

/** What became of a run, in one sentence; null while it goes on. */
export function headline(model: RunModel): Headline | null {
  const { status } = model;
  if (!isOver(status)) return null;
  const failed = status.thresholds.filter((t) => !t.passed);
  const { state, reasons } = status.verdict;
  const make = (tone: Headline["tone"], title: string, why = reasons): Headline => ({
    tone,
    title,
    failed,
    reasons: why,
  });
  if (status.state === "cut")
    return make("warn", "Cut: the run ended before it could say how", [lost(status), ...reasons]);
  if (status.error) return make("bad", "Failed", [status.error, ...reasons]);
  if (failed.length > 0) {
    const early = status.aborted ? ", and the run was ended" : "";
    const count = `${failed.length} of ${many(status.thresholds.length, "threshold")}`;
    return make("bad", `Failed – ${count} ${failed.length === 1 ? "was" : "were"} crossed${early}`);
  }
  if (state === "invalid") return make("warn", "Measured, but not to be trusted");
  if (status.interrupted)
    return make("warn", status.thresholds.length > 0 ? "Interrupted – passed so far" : "Interrupted");
  if (status.passed === false) return make("bad", "Failed");
  if (status.totals.requests === 0) return make("warn", "Nothing was requested");
  if (state === "degraded") return make("warn", `${passed(status)}, with reservations`);
  return make("good", passed(status));
}

// What no threshold judges has not passed: it is only over.
const passed = (status: Status): string => (status.thresholds.length > 0 ? "Passed" : "Finished");

const lost = (status: Status): string =>
  status.message || "What was measured until then is complete; totals were added up from the seconds.";

/** How much of its limit a value takes, 0 to 1, and how it goes together. */
export function ofLimit(t: Threshold): { share: number; tone: "good" | "bad" | "warn" } {
  if (t.value === null) return { share: 0, tone: t.passed ? "good" : "bad" };
  const below = t.op.startsWith("<");
  let share: number;
  if (t.unit === "%" && !below && t.limit > 50 && t.limit < 100) {
    // 99.996 % of at least 99.99 %: what is missing is what counts.
    share = (100 - t.value) / (100 - t.limit);
  } else if (below) share = t.limit === 0 ? (t.value > 0 ? 1 : 0) : t.value / t.limit;
  else share = t.value === 0 ? 1 : t.limit / t.value;
  share = Math.max(0, Math.min(1, share));
  return { share, tone: !t.passed ? "bad" : share > 0.9 ? "warn" : "good" };
}

/** The thresholds that are about a figure of the whole run. */
export const thresholdOf = (status: Status, metric: string): Threshold | undefined =>
  [...status.thresholds]
    .filter((t) => t.metric === metric && t.name === "")
    .sort((a, b) => Number(a.passed) - Number(b.passed) || a.limit - b.limit)[0];

/**
 * The limit of a name's percentile in ms: its own one, else that of all
 * requests, which says nothing of groups and setups.
 */
export function limitOf(status: Status, metric: string, name: string, counted: boolean): number | undefined {
  const rules = status.thresholds.filter((t) => t.metric === metric && t.unit === "ms" && t.op.startsWith("<"));
  const own = rules.filter((t) => t.name === name);
  const found = own.length > 0 ? own : counted ? rules.filter((t) => t.name === "") : [];
  return found.length > 0 ? Math.min(...found.map((t) => t.limit)) : undefined;
}

/** A word for the state, as the top bar says it. */
export function stateWord(status: Status): { word: string; tone: "good" | "bad" | "warn" | "none" } {
  switch (status.state) {
    case "waiting":
      return { word: "Waiting", tone: "none" };
    case "setup":
      return { word: "Setting up", tone: "none" };
    case "running":
      return { word: "Running", tone: "good" };
    case "stopping":
      return { word: "Stopping", tone: "warn" };
    case "cut":
      return { word: "Cut", tone: "warn" };
    default:
      if (status.error || status.passed === false) return { word: "Failed", tone: "bad" };
      if (status.interrupted) return { word: "Interrupted", tone: "warn" };
      // What is green beside "not to be trusted" is what people remember.
      if (status.verdict.state === "invalid") return { word: "Invalid", tone: "warn" };
      return { word: status.thresholds.length > 0 ? "Passed" : "Finished", tone: "good" };
  }
}
