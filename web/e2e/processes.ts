import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { open } from "../src/codec/block";
import { RunModel } from "../src/model/run";
import { binaries, madeRuns } from "./paths";

const PATIENCE = 60_000;

/** A loadforge that was started, and what it said. */
export class Process {
  private text = "";
  private readonly child: ChildProcess;
  private readonly heard = new Set<() => void>();
  /** Its exit code; null if a signal ended it. */
  readonly exit: Promise<number | null>;

  constructor(args: string[], cwd: string) {
    this.child = spawn(join(binaries, "loadforge"), args, { cwd, stdio: ["ignore", "pipe", "pipe"], env: clean() });
    const hear = (b: Buffer): void => {
      this.text += b.toString();
      for (const look of this.heard) look();
    };
    this.child.stdout?.on("data", hear);
    this.child.stderr?.on("data", hear);
    this.exit = new Promise((resolve) => this.child.on("close", (code) => resolve(code)));
    void this.exit.then(() => {
      for (const look of this.heard) look();
    });
  }

  get output(): string {
    return this.text;
  }

  get over(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** What a pattern's group finds in its output, as soon as it is there. */
  said(pattern: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      const done = (act: () => void): void => {
        clearTimeout(timer);
        this.heard.delete(look);
        act();
      };
      const look = (): void => {
        const found = pattern.exec(this.text);
        if (found) done(() => resolve(found[1] ?? found[0]));
        else if (this.over) done(() => reject(new Error(`ended without ${pattern}:\n${this.text}`)));
      };
      const timer = setTimeout(
        () => done(() => reject(new Error(`no ${pattern} within a minute:\n${this.text}`))),
        PATIENCE,
      );
      this.heard.add(look);
      look();
    });
  }

  async kill(): Promise<void> {
    if (!this.over) this.child.kill("SIGKILL");
    await this.exit;
  }
}

// Variables of whoever runs the tests say nothing about the runs in them.
function clean(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith("LOADFORGE_"));
  return { ...Object.fromEntries(own), NO_COLOR: "1" };
}

/** A directory of its own for a file of tests, and processes that end with it. */
export function workshop() {
  const dir = mkdtempSync(join(tmpdir(), "loadforge-e2e-"));
  const started: Process[] = [];
  afterAll(async () => {
    await Promise.all(started.map((p) => p.kill()));
    rmSync(dir, { recursive: true, force: true });
  });
  const start = (...args: string[]): Process => {
    const p = new Process(args, dir);
    started.push(p);
    return p;
  };
  return {
    dir,
    start,
    /** Starts the demo target. */
    async echo(...args: string[]): Promise<string> {
      return start("echo", "--addr", "127.0.0.1:0", ...args).said(/demo target: (\S+)/);
    },
    /** Starts a test of a URL with its dashboard; the address is of that. */
    async run(target: string, ...args: string[]): Promise<{ process: Process; url: string }> {
      const run = start("run", target, "--dashboard", "--dashboard-addr", "127.0.0.1:0", ...args);
      return { process: run, url: await run.said(/dashboard\W+(http:\S+)/i) };
    },
    /** The directory of the run that was written last. */
    latest: (): string => join(dir, "results", "latest"),
  };
}

/** How many requests the demo target says it received. */
export async function received(target: string): Promise<number> {
  const stats = (await (await fetch(`${target}/_target/stats`)).json()) as { total: number };
  return stats.total;
}

/** A run as the API has it. */
export async function pageOf(url: string): Promise<RunModel> {
  const answer = await fetch(new URL("api/v1/page", url));
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  return new RunModel(await open(new Uint8Array(await answer.arrayBuffer())));
}

interface Made {
  seconds: number;
  names: number;
  rate?: number;
  seed?: number;
}

/** Makes up a run, or takes it from the cache; returns its directory. */
export function madeRun(made: Made): string {
  const tool = join(binaries, "synthrun");
  const version = createHash("sha256").update(readFileSync(tool)).digest("hex").slice(0, 12);
  const args = Object.entries(made).flatMap(([flag, value]) => [`-${flag}`, String(value)]);
  const home = join(madeRuns, `${version}${args.join("")}`);
  const find = (dir: string): string => join(dir, readdirSync(dir).find((n) => n !== "latest") ?? "");
  if (!existsSync(home)) {
    mkdirSync(madeRuns, { recursive: true });
    const draft = mkdtempSync(`${home}.`);
    execFileSync(tool, ["-out", draft, ...args]);
    renameSync(draft, home);
  }
  return find(home);
}

/** Makes the report of a run and returns its file. */
export function reportOf(run: string, ...args: string[]): string {
  execFileSync(join(binaries, "loadforge"), ["report", run, "-q", "--format", "html", ...args], { env: clean() });
  return join(run, "report.html");
}
