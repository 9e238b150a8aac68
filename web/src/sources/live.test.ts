import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { read } from "../codec/block";
import { RunModel } from "../model/run";
import { get, set } from "../store";
import { Made } from "../test/made";
import { backoff } from "./backoff";
import { LiveSource } from "./live";

const made = new Made({ seconds: 10, planned: 60, live: true });
const api = vi.hoisted(() => ({ fetchPage: vi.fn(), fetchDocument: vi.fn(async () => "") }));
vi.mock("./api", () => api);

/** A stream whose server is the test. */
class FakeStream extends EventTarget {
  static all: FakeStream[] = [];
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  closed = false;

  constructor(readonly url: string) {
    super();
    FakeStream.all.push(this);
  }

  close(): void {
    this.closed = true;
  }

  send(event: string, id: number, data: unknown): void {
    this.dispatchEvent(new MessageEvent(event, { data: JSON.stringify(data), lastEventId: String(id) }));
  }
}

const stream = (): FakeStream => FakeStream.all.at(-1) as FakeStream;
const pageOf = (run: Made): { model: RunModel; seq: number } => ({ model: new RunModel(read(run.plain(7))), seq: 7 });
const finished = new Made({ seconds: 10 });
const ending = { ...made.status(), state: "finished", passed: true };

// Sources of earlier tests still listen to the document: only the latest is told.
let noticed = (): void => {};
const hidden = (is: boolean): void => {
  vi.spyOn(document, "hidden", "get").mockReturnValue(is);
  noticed();
};
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(50);

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", FakeStream);
  FakeStream.all = [];
  vi.spyOn(document, "addEventListener").mockImplementation((_: string, listener: unknown) => {
    noticed = listener as () => void;
  });
  api.fetchPage.mockReset().mockImplementation(async () => pageOf(made));
  set({ model: null, connection: { state: "loading" }, paused: false, problem: "", version: 0 });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

async function started(): Promise<LiveSource> {
  const source = new LiveSource();
  source.start();
  await settle();
  stream().onopen?.();
  return source;
}

describe("a live run", () => {
  test("has the page so far, then the stream from where that ends", async () => {
    await started();
    expect(stream().url).toBe("api/v1/stream?after=7");
    expect(get().connection.state).toBe("live");
    stream().send("row", 8, made.step());
    stream().send("event", 9, { at_s: 11, kind: "annotation", text: "deploy" });
    await settle();
    expect(get().model?.rows()).toBe(11);
    expect(get().model?.events.at(-1)?.text).toBe("deploy");
  });

  test("goes on after the last thing it heard when the connection is lost", async () => {
    await started();
    stream().send("status", 42, { ...made.status(), names: null });
    stream().onerror?.();
    expect(get().connection).toMatchObject({ state: "lost", attempt: 1 });
    const before = FakeStream.all.length;
    await vi.advanceTimersByTimeAsync(600);
    expect(FakeStream.all).toHaveLength(before + 1);
    expect(stream().url).toBe("api/v1/stream?after=42");
    stream().onerror?.();
    expect(get().connection).toMatchObject({ attempt: 2 });
    await vi.advanceTimersByTimeAsync(1100);
    stream().onopen?.();
    expect(get().connection.state).toBe("live");
    expect(api.fetchPage).toHaveBeenCalledTimes(1);
  });

  test("knows when it should be over, though nobody said so", async () => {
    const source = await started();
    stream().onerror?.();
    await vi.advanceTimersByTimeAsync(45_000);
    expect(source.overdue()).toBe(false);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(source.overdue()).toBe(true);
  });

  test("takes silence for a lost connection", async () => {
    await started();
    await vi.advanceTimersByTimeAsync(21_000);
    expect(FakeStream.all.length).toBeGreaterThan(1);
  });

  test("does not wait for ever for a stream to open", async () => {
    new LiveSource().start();
    await vi.advanceTimersByTimeAsync(20_100);
    expect(get().connection.state).toBe("lost");
  });

  test("holds no stream while nobody looks", async () => {
    hidden(true);
    new LiveSource().start();
    await settle();
    expect(get().model).not.toBeNull();
    expect(FakeStream.all).toHaveLength(0);
    hidden(false);
    expect(FakeStream.all).toHaveLength(1);
    hidden(true);
    await vi.advanceTimersByTimeAsync(3100);
    expect(stream().closed).toBe(true);
    expect(get().connection.state).toBe("hidden");
  });

  test("reads the page again when the axis became coarser", async () => {
    await started();
    const old = stream();
    old.send("reset", 50, {});
    await settle();
    expect(old.closed).toBe(true);
    expect(api.fetchPage).toHaveBeenCalledTimes(2);
    expect(stream()).not.toBe(old);
  });

  test("never gives rows of the new axis to the old model", async () => {
    await started();
    api.fetchPage.mockRejectedValueOnce(new Error("refused"));
    stream().send("reset", 50, {});
    await settle();
    expect(get().connection.state).toBe("lost");
    await vi.advanceTimersByTimeAsync(600);
    expect(api.fetchPage).toHaveBeenCalledTimes(3);
    expect(FakeStream.all.map((s) => s.url)).toEqual(["api/v1/stream?after=7", "api/v1/stream?after=7"]);
  });

  test("keeps what comes while the view is paused", async () => {
    const source = await started();
    set({ paused: true });
    const rows = get().model?.rows() ?? 0;
    stream().send("row", 8, made.step());
    await settle();
    expect(get().model?.rows()).toBe(rows);
    source.resume();
    await settle();
    expect(get().model?.rows()).toBe(rows + 1);
  });

  test("ends with the run, and then has the saved page", async () => {
    await started();
    const saved = pageOf(finished);
    api.fetchPage.mockResolvedValueOnce(saved);
    stream().send("end", 60, ending);
    await settle();
    expect(get().connection.state).toBe("ended");
    expect(get().model).toBe(saved.model);
    expect(stream().closed).toBe(true);
    expect(api.fetchPage).toHaveBeenCalledTimes(2);
  });

  test("shows its end, though the view was paused", async () => {
    await started();
    set({ paused: true });
    stream().send("end", 60, ending);
    await settle();
    expect(get().paused).toBe(false);
    expect(get().model?.status.state).toBe("finished");
  });

  test("has ended where the page of a moment ago comes instead of the saved one", async () => {
    await started();
    stream().send("end", 60, ending);
    await settle();
    expect(api.fetchPage).toHaveBeenCalledTimes(2);
    expect(get().model?.status.state).toBe("finished");
  });

  test("has ended also where nobody looked when it did", async () => {
    await started();
    hidden(true);
    stream().send("end", 60, ending);
    await vi.advanceTimersByTimeAsync(3100);
    hidden(false);
    expect(get().connection.state).toBe("ended");
  });

  test("tries again until there is a server", async () => {
    api.fetchPage.mockRejectedValueOnce(new Error("refused"));
    const source = new LiveSource();
    source.start();
    await settle();
    expect(get()).toMatchObject({ model: null, problem: "refused", connection: { state: "lost" } });
    source.retryNow();
    await settle();
    expect(get().model).not.toBeNull();
    expect(get().problem).toBe("");
  });
});

test("waits grow to ten seconds and differ from page to page", () => {
  expect([1, 2, 3, 9].map((n) => backoff(n, () => 1))).toEqual([500, 1000, 2000, 10_000]);
  expect(backoff(1, () => 0)).toBe(375);
});
