import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { executable, flags } from "./browser";

interface Message {
  id?: number;
  result?: Record<string, unknown>;
  error?: { message: string };
}

/**
 * A browser as people have it. The one of the other tests is watched: it keeps
 * all that a page reads and tells of every step, which is a third of the time
 * that a report takes there.
 */
export class PlainBrowser {
  private readonly home = mkdtempSync(join(tmpdir(), "loadforge-browser-"));
  private readonly process: ChildProcess;
  private readonly ended: Promise<unknown>;
  private readonly waiting = new Map<number, (m: Message) => void>();
  private sent = 0;

  constructor() {
    this.process = spawn(
      executable(),
      [...flags, "--headless", "--remote-debugging-pipe", "--window-size=1440,900", `--user-data-dir=${this.home}`],
      { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] },
    );
    this.ended = new Promise((done) => this.process.once("exit", done));
    let text = "";
    (this.process.stdio[4] as Readable).setEncoding("utf8").on("data", (part: string) => {
      const messages = (text + part).split("\0");
      text = messages.pop() ?? "";
      for (const m of messages.map((m) => JSON.parse(m) as Message)) this.waiting.get(m.id ?? -1)?.(m);
    });
  }

  private async send(method: string, params: object, sessionId?: unknown): Promise<Record<string, unknown>> {
    const id = ++this.sent;
    const answer = new Promise<Message>((done) => this.waiting.set(id, done));
    (this.process.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    const { result, error } = await answer;
    this.waiting.delete(id);
    if (!result) throw new Error(`${method}: ${error?.message}`);
    return result;
  }

  /**
   * Opens a file in a new window and leaves it alone for that many ms; then tells
   * the value of an expression. `before` runs in the page before all else.
   */
  async open(file: string, ms: number, before: string, expression: string): Promise<unknown> {
    const { browserContextId } = await this.send("Target.createBrowserContext", {});
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank", browserContextId });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    await this.send("Page.enable", {}, sessionId);
    await this.send("Page.addScriptToEvaluateOnNewDocument", { source: before }, sessionId);
    // What a new window still does is not the page's time.
    await sleep(500);
    await this.send("Page.navigate", { url: pathToFileURL(file).href }, sessionId);
    await sleep(ms);
    const { result } = await this.send("Runtime.evaluate", { expression, returnByValue: true }, sessionId);
    await this.send("Target.disposeBrowserContext", { browserContextId });
    return (result as { value: unknown }).value;
  }

  async close(): Promise<void> {
    this.process.kill();
    await this.ended;
    rmSync(this.home, { recursive: true, force: true, maxRetries: 5 });
  }
}
