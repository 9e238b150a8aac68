import { flushSync } from "react-dom";
import { record } from "../measure";
import { isOver } from "../model/health";
import type { RunModel } from "../model/run";
import { type RunEvent, tidyRow } from "../model/schema";
import { get, set } from "../store";
import { fetchDocument, fetchPage } from "./api";
import { backoff } from "./backoff";

type Change = (model: RunModel) => void;

// Browsers allow a page's host six streams; a tab nobody sees gives its own back.
const HIDDEN_AFTER = 3000;
// While a run goes on there is a status a second. Silence is a dead connection.
const SILENCE = 20_000;

/** A live run: the page so far, then the stream, whatever the network does. */
export class LiveSource {
  private stream: EventSource | null = null;
  private seq = 0;
  /** The axis is another one now: what the stream says is not about the model. */
  private stale = false;
  /** Counts loads: of several at a time the latest is the one that matters. */
  private loads = 0;
  private heardAt = Date.now();
  private attempt = 0;
  private queue: Change[] = [];
  private frame = 0;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private quiet: ReturnType<typeof setTimeout> | undefined;
  private away: ReturnType<typeof setTimeout> | undefined;
  private ended = false;

  start(): void {
    document.addEventListener("visibilitychange", () => this.seen(!document.hidden));
    window.addEventListener("online", () => this.retryNow());
    window.addEventListener("pagehide", () => this.stream?.close());
    void this.load();
  }

  /** Tries at once what would be tried later. */
  retryNow(): void {
    if (get().connection.state !== "lost") return;
    clearTimeout(this.retry);
    this.connect();
  }

  /** Shows what came in while the view stood still. */
  resume(): void {
    set({ paused: false });
    this.schedule();
  }

  /** Whether by its plan the run has ended since it was heard of. */
  overdue(): boolean {
    const { run, status } = get().model ?? {};
    if (!run || !status || run.duration_s === 0) return false;
    return status.elapsed_s + (Date.now() - this.heardAt) / 1000 >= run.duration_s;
  }

  private connect(): void {
    if (document.hidden) this.rest();
    else if (get().model && !this.stale) this.attach();
    else void this.load();
  }

  private async load(): Promise<void> {
    const turn = ++this.loads;
    try {
      const { model, seq } = await fetchPage("api/v1/page");
      if (turn !== this.loads) return;
      this.seq = seq;
      this.stale = false;
      this.heardAt = Date.now();
      this.queue = [];
      set({ model, version: get().version + 1, problem: "" });
      if (isOver(model.status)) this.over();
      else this.connect();
    } catch (error) {
      if (turn !== this.loads) return;
      set({ problem: error instanceof Error ? error.message : String(error) });
      this.lose();
    }
  }

  private attach(): void {
    this.close();
    const stream = new EventSource(`api/v1/stream?after=${this.seq}`);
    this.stream = stream;
    // One that waits behind six others says nothing either, not even an error.
    this.expect();
    const on = (type: string, handle: (data: string) => void): void =>
      stream.addEventListener(type, (message) => {
        if (stream !== this.stream) return;
        this.heard(message.lastEventId);
        handle(message.data as string);
      });
    stream.onopen = () => this.heard("");
    stream.onerror = () => stream === this.stream && this.lose();
    on("row", (data) => this.enqueue(row(data)));
    on("status", (data) => this.enqueue(status(data)));
    on("event", (data) => this.enqueue(event(data)));
    on("reset", () => {
      this.stale = true;
      this.close();
      void this.load();
    });
    on("end", (data) => this.end(data));
  }

  private heard(id: string): void {
    if (id !== "") this.seq = Number(id);
    this.attempt = 0;
    this.heardAt = Date.now();
    this.expect();
    if (get().connection.state !== "live" && !this.ended) set({ connection: { state: "live" } });
  }

  private expect(): void {
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => this.lose(), SILENCE);
  }

  private lose(): void {
    if (this.ended) return;
    this.close();
    const wait = backoff(++this.attempt);
    set({ connection: { state: "lost", retryAt: Date.now() + wait, attempt: this.attempt } });
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.connect(), wait);
  }

  private end(data: string): void {
    this.over();
    this.enqueue(status(data));
    // The saved page has what the stream rounded off; nothing is lost without it.
    // With the document it makes a report later. The server may go when the
    // stream is closed, which is why that comes last.
    const app = fetchDocument().catch(() => {});
    fetchPage("api/v1/page")
      .then(
        // It may be the page of a moment ago.
        ({ model }) => isOver(model.status) && this.enqueue(() => set({ model })),
        () => {},
      )
      .then(() => app)
      .finally(() => this.close());
  }

  /** Nothing more will come; a view that stands still is to see the end, too. */
  private over(): void {
    this.ended = true;
    clearTimeout(this.retry);
    clearTimeout(this.away);
    set({ paused: false, connection: { state: "ended" } });
  }

  /** Holds no stream until somebody looks again. */
  private rest(): void {
    clearTimeout(this.retry);
    this.close();
    set({ connection: { state: "hidden" } });
  }

  private close(): void {
    this.stream?.close();
    this.stream = null;
    clearTimeout(this.quiet);
  }

  private seen(visible: boolean): void {
    clearTimeout(this.away);
    if (this.ended) return;
    if (!visible) {
      this.away = setTimeout(() => this.rest(), HIDDEN_AFTER);
    } else if (get().connection.state === "hidden") {
      this.connect();
    }
  }

  private enqueue(change: Change): void {
    this.queue.push(change);
    this.schedule();
  }

  private schedule(): void {
    if (this.frame || get().paused) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.flush();
    });
  }

  /** One frame shows all that came since the last one. */
  private flush(): void {
    const { model, paused } = get();
    if (!model || paused) return;
    const from = performance.now();
    const changes = this.queue;
    this.queue = [];
    for (const change of changes) change(get().model ?? model);
    flushSync(() => set({ version: get().version + 1 }));
    // Charts draw in microtasks of their own: measure behind those.
    queueMicrotask(() => queueMicrotask(() => record("tickMs", performance.now() - from)));
  }
}

const row =
  (data: string): Change =>
  (model) =>
    model.applyRow(tidyRow(JSON.parse(data)));
const status =
  (data: string): Change =>
  (model) =>
    model.applyStatus(JSON.parse(data));
const event =
  (data: string): Change =>
  (model) =>
    model.applyEvent(JSON.parse(data) as RunEvent);
