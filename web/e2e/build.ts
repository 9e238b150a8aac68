import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { binaries, figuresFile, repository } from "./paths";

/** Builds what the tests start, and prints afterwards what they measured. */
export default function setup(): () => void {
  mkdirSync(binaries, { recursive: true });
  const go = process.env["GO"] ?? "go";
  for (const [name, from] of [
    ["loadforge", "./cmd/loadforge"],
    ["synthrun", "./bench/synthrun"],
  ] as const) {
    execFileSync(go, ["build", "-o", `${binaries}/${name}`, from], { cwd: repository, stdio: "inherit" });
  }
  return print;
}

interface Figure {
  name: string;
  value: string;
  budget: string;
}

function print(): void {
  if (!existsSync(figuresFile)) return;
  const figures = readFileSync(figuresFile, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Figure);
  rmSync(figuresFile, { force: true });
  const wide = Math.max(...figures.map((f) => f.name.length));
  const rows = figures.map((f) => `  ${f.name.padEnd(wide)}  ${f.value.padStart(10)}  ${f.budget}`);
  console.log(`\nWhat was measured:\n${rows.join("\n")}\n`);
}
