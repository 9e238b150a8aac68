import { fileURLToPath } from "node:url";

const from = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export const repository = from("../..");
export const dist = from("../dist/index.html");
const cache = from("../../.cache/e2e");
export const binaries = `${cache}/bin`;
export const madeRuns = `${cache}/runs`;
export const figuresFile = `${cache}/figures.jsonl`;
