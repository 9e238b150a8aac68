import { fileURLToPath } from "node:url";

const from = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export const repository = from("../..");
export const dist = from("../dist/index.html");
const cache = from("../../.cache/e2e");
export const binaries = `${cache}/bin`;
export const madeRuns = `${cache}/runs`;
// One file for each run of the tests: its workers inherit the variable.
process.env["E2E_FIGURES"] ??= `${cache}/figures-${process.pid}.jsonl`;
/** What this run of the tests measured. */
export const figuresFile = process.env["E2E_FIGURES"];
