import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import axe from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from "playwright-core";
import { afterAll, beforeAll, expect } from "vitest";

export const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Where a Chromium may be; CHROMIUM says where else. */
export function executable(): string {
  const found = [
    process.env["CHROMIUM"],
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  ].find((path) => path && existsSync(path));
  if (!found) throw new Error("The browser tests need Chromium: install it, or name one in CHROMIUM.");
  return found;
}

/** A page, and all that it did besides showing something. */
export interface Watched {
  page: Page;
  /** Errors on the console, uncaught ones, and dialogs. */
  problems: string[];
  /** What was asked for. */
  requests: string[];
}

const told = new WeakMap<Page, string[]>();

/** The time that the main thread of a page was busy with an act, in ms of a processor: the same on a machine that does other things, too. */
export async function busy(page: Page, act: () => Promise<void>): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const taken = async (): Promise<number> => {
    const { metrics } = await session.send("Performance.getMetrics");
    return (metrics.find((m) => m.name === "TaskDuration")?.value ?? 0) * 1000;
  };
  const before = await taken();
  await act();
  const after = await taken();
  await session.detach();
  return after - before;
}

export const desktop = { width: 1440, height: 900 };
export const phone = { width: 390, height: 844 };

/** A browser for a file of tests. */
export function newBrowser() {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executable(), args: flags });
  });
  afterAll(async () => {
    await browser?.close();
  });
  return async (options: BrowserContextOptions = {}): Promise<Watched> => {
    const context = await browser.newContext({ viewport: desktop, colorScheme: "dark", ...options });
    await context.addInitScript(noteFirstSight);
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    const problems: string[] = [];
    const requests: string[] = [];
    told.set(page, problems);
    page.on("console", (m) => m.type() === "error" && problems.push(`${m.text()} ${m.location().url}`));
    page.on("pageerror", (e) => problems.push(String(e)));
    page.on("dialog", (d) => {
      problems.push(`dialog: ${d.message()}`);
      void d.dismiss();
    });
    page.on("request", (r) => requests.push(r.url()));
    return { page, problems, requests };
  };
}

declare global {
  interface Window {
    shownAt?: number;
    pwned?: unknown;
  }
}

// Runs in the page: when its figures and a chart are on the screen.
function noteFirstSight(): void {
  const look = new MutationObserver(() => {
    if (!document.querySelector('[data-testid="kpis"]') || !document.querySelector("canvas")) return;
    look.disconnect();
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        window.shownAt = performance.now();
      }),
    );
  });
  look.observe(document, { childList: true, subtree: true });
}

/** Opens a report from the disk and waits until it is on the screen; ms since it was asked for. */
export async function openFile(page: Page, file: string, query = ""): Promise<number> {
  await page.goto(`${pathToFileURL(file).href}${query}`);
  return shown(page);
}

export async function shown(page: Page): Promise<number> {
  try {
    await page.waitForFunction(() => window.shownAt !== undefined, undefined, { polling: 100 });
  } catch (cause) {
    const text = (await page.locator("body").innerText()).slice(0, 500);
    throw new Error(`nothing on the screen but “${text}”; ${told.get(page)?.join("; ")}`, { cause });
  }
  return page.evaluate(() => window.shownAt ?? 0);
}

export const plot = (page: Page, chart: string): Locator => page.locator(`[data-testid="chart-${chart}"] .u-over`);

/** The pixels of a plot, on the screen. */
export async function boxOf(page: Page, chart: string) {
  const over = plot(page, chart);
  await over.scrollIntoViewIfNeeded();
  const box = await over.boundingBox();
  if (!box) throw new Error(`no chart ${chart}`);
  return box;
}

/** Drags over a part of a chart; shares of its width. */
export async function drag(page: Page, chart: string, from: number, to: number): Promise<void> {
  const box = await boxOf(page, chart);
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width * from, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * (from + to) * 0.5, y, { steps: 4 });
  await page.mouse.move(box.x + box.width * to, y, { steps: 4 });
  await page.mouse.up();
}

/** No rule of axe is broken. */
export async function accessible(page: Page): Promise<void> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const run = (window as unknown as { axe: typeof axe }).axe.run;
    const { violations } = await run(document, { resultTypes: ["violations"] });
    return violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.html.slice(0, 160)).join(" | ")}`);
  });
  expect(found).toEqual([]);
}

/** Nothing of the page is beside the screen. */
export async function fits(page: Page): Promise<void> {
  const beside = await page.evaluate(() => {
    const root = document.documentElement;
    if (root.scrollWidth <= root.clientWidth) return [];
    // An element is too wide, or its text is.
    const over = (e: Element): boolean =>
      e.getBoundingClientRect().right > root.clientWidth + 1 ||
      (getComputedStyle(e).overflowX === "visible" &&
        e.getBoundingClientRect().left + e.scrollWidth > root.clientWidth + 1);
    // The innermost ones; not what lies in something that scrolls or cuts.
    const cut = (e: Element | null): boolean =>
      e !== null && e !== document.body && (getComputedStyle(e).overflowX !== "visible" || cut(e.parentElement));
    return [...document.body.querySelectorAll("*")]
      .filter((e) => over(e) && !cut(e.parentElement) && ![...e.children].some(over))
      .map((e) => `${e.tagName} ${e.className} in ${e.closest("section, header, footer")?.getAttribute("aria-label")}`)
      .concat(`the page is ${root.scrollWidth} px wide`);
  });
  expect(beside).toEqual([]);
}
