import { readFileSync, statSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { open } from "../src/codec/block";
import { RunModel } from "../src/model/run";
import { blockOf, rewrite } from "./block";
import { boxOf, busy, newBrowser, openFile, shown } from "./browser";
import { clock, median, size, time, work } from "./figures";
import { dist } from "./paths";
import { PlainBrowser } from "./plain";
import { madeRun, reportOf } from "./processes";

const browse = newBrowser();
const hour = { seconds: 3600, names: 20 };
let report: string;

beforeAll(() => {
  report = reportOf(madeRun(hour));
});

describe("the budget", () => {
  it("of the app's size holds", () => {
    const html = readFileSync(dist);
    size("app", html.length, 500 * 1024);
    size("app, gzipped", gzipSync(html, { level: 9 }).length, 200 * 1024);
  });

  it("of a report of an hour and 20 endpoints holds", async () => {
    size("report of 1 h, 20 endpoints", statSync(report).size, 2.5 * 1024 * 1024);
    const { page, requests } = await browse({ offline: true });
    const took = await busy(page, async () => {
      await openFile(page, report);
    });
    expect(requests.filter((url) => !url.startsWith("file:") && !url.startsWith("data:"))).toEqual([]);
    work("report of 1 h: work until it is on the screen", took);
    await page.context().close();

    const plain = new PlainBrowser();
    try {
      const openings: Opening[] = [];
      for (let i = 0; i < 6; i++) openings.push(await openPlainly(plain, report));
      // The first window of a browser waits for what the browser itself begins with.
      const warm = openings.slice(1);
      time("report of 1 h: figures and first charts on the screen", median(warm.map((o) => o.painted)), 1000);
      clock("report of 1 h: all of the first screen drawn", median(warm.map((o) => o.filled)));
    } finally {
      await plain.close();
    }
  });

  it("of a synced hover holds", async () => {
    const { page } = await browse();
    await openFile(page, report);
    const box = await boxOf(page, "throughput");
    const hovers = await page.evaluate(() => window.loadforge.timings.hoverMs.length);
    const took = await busy(page, async () => {
      for (let i = 0; i < 60; i++) {
        await page.mouse.move(box.x + (box.width * (i + 1)) / 62, box.y + box.height / 2);
      }
    });
    const timings = (await page.evaluate(() => window.loadforge.timings.hoverMs)).slice(hovers);
    expect(timings.length).toBeGreaterThan(20);
    time("synced hover at 1 h of data, drawn", took / timings.length, 12);
    clock("synced hover at 1 h of data, handler (median)", median(timings));
  });

  it("of a live tick at an hour of data holds", async () => {
    const server = await replay(blockOf(report));
    const { page, problems } = await browse();
    await page.goto(server);
    await shown(page);
    // The first ones find a page that is still being laid out.
    const ticked = (n: number) =>
      page.waitForFunction((least) => window.loadforge.timings.tickMs.length >= least, n, {
        polling: 500,
        timeout: 200_000,
      });
    await ticked(4);
    const before = await page.evaluate(() => window.loadforge.timings.tickMs.length);
    const took = await busy(page, async () => {
      await ticked(before + 10);
    });
    const ticks = (await page.evaluate(() => window.loadforge.timings.tickMs)).slice(before);
    time("live tick at 1 h of data, drawn", took / ticks.length, 25);
    clock("live tick at 1 h of data, script (median)", median(ticks));
    expect(problems).toEqual([]);
  });
});

/** Moments in ms since a report was asked for. */
interface Opening {
  /** The first thing the screen shows: the figures, and charts under them. */
  painted: number;
  /** Four charts are drawn, which is as much as the window shows. */
  filled: number;
}

async function openPlainly(browser: PlainBrowser, file: string): Promise<Opening> {
  const note = `new MutationObserver(() => {
    const charts = document.querySelectorAll(".u-wrap canvas").length;
    if (charts > 0 && document.querySelector('[data-testid="kpis"]')) window.chartsAt ??= performance.now();
    if (charts >= 4) setTimeout(() => { window.filledAt ??= performance.now(); });
  }).observe(document, { childList: true, subtree: true })`;
  const tell = `[chartsAt, performance.getEntriesByName("first-contentful-paint")[0].startTime, filledAt]`;
  const [charts, painted, filled] = (await browser.open(file, 4000, note, tell)) as [number, number, number];
  // Nothing was on the screen before them.
  expect(painted).toBeGreaterThan(charts);
  return { painted, filled };
}

/** Serves an hour as a run that goes on: a second of it each 300 ms. */
async function replay(block: Buffer): Promise<string> {
  const model = new RunModel(await open(new Uint8Array(block)));
  const live = rewrite(block, (page) => {
    page.status.state = "running";
    page.status.passed = null;
    page.run.duration_s = 7200;
  });
  const head = (await open(new Uint8Array(live))).head;
  const stream = (answer: ServerResponse): void => {
    answer.writeHead(200, { "Content-Type": "text/event-stream" });
    let id = head.seq;
    let bucket = head.buckets.count - 30;
    const tell = (event: string, data: unknown): void => {
      answer.write(`id: ${++id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    };
    const timer = setInterval(() => {
      const v: Record<string, number | null> = {};
      for (const { id: column } of head.columns) v[column] = model.column(column)?.[bucket - 40] ?? null;
      tell("row", { b: bucket, names: [], v, heat: { 0: [200, 7, 5, 9, 10, 3], 1: [220, 4, 9, 2] } });
      tell("status", { ...head.status, elapsed_s: ++bucket, names: null });
    }, 300);
    answer.on("close", () => clearInterval(timer));
  };
  const server = createServer((request, answer) => {
    const path = (request.url ?? "").split("?")[0];
    if (path === "/") answer.writeHead(200, { "Content-Type": "text/html" }).end(readFileSync(dist));
    else if (path === "/api/v1/page") answer.end(live);
    else if (path === "/api/v1/stream") stream(answer);
    // No baseline is no error; the browser would log a 404.
    else answer.writeHead(200, { "Content-Type": "application/json" }).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
