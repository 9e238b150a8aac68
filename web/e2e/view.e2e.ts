import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { open } from "../src/codec/block";
import { RunModel } from "../src/model/run";
import { blockOf } from "./block";
import { boxOf, drag, newBrowser, openFile, plot } from "./browser";
import { madeRun, reportOf } from "./processes";

const charts = ["throughput", "latency", "users", "errors"];
const browse = newBrowser();
let page: Page;
let report: string;
let problems: string[];

const reset = () => page.getByRole("button", { name: /· Reset$/ });

/** The time the crosshair of a chart is at, by its tooltip or its head. */
const timeAt = (chart: string): Promise<string> =>
  page.evaluate((id) => {
    const card = document.querySelector(`[data-testid="chart-${id}"]`);
    const tip = card?.querySelector<HTMLElement>(".charts_tip:not([hidden]) b");
    const text = tip?.textContent || card?.querySelector(".charts_readout")?.textContent || "";
    return /^[\d:]+/.exec(text)?.[0] ?? "";
  }, chart);

const rows = () => page.getByTestId("endpoints").locator("tbody tr").allInnerTexts();

beforeAll(async () => {
  report = reportOf(madeRun({ seconds: 600, names: 12 }));
  ({ page, problems } = await browse());
  await openFile(page, report);
});

describe("the charts", () => {
  it("share one crosshair", async () => {
    const box = await boxOf(page, "throughput");
    await page.mouse.move(box.x + box.width * 0.5, box.y + box.height / 2);
    await page.mouse.move(box.x + box.width * 0.4, box.y + box.height / 2);
    const times = await Promise.all(charts.map(timeAt));
    expect(times[0]).toMatch(/^[34]:\d\d$/);
    expect(new Set(times).size, times.join(", ")).toBe(1);
  });

  it("zoom together by a drag, and Escape shows all again", async () => {
    await drag(page, "throughput", 0.25, 0.5);
    await reset().waitFor();
    expect(await reset().innerText()).toMatch(/^2:[23]\d–(4:5\d|5:0\d)/);
    for (const chart of charts) {
      const box = await boxOf(page, chart);
      await page.mouse.move(box.x + 30, box.y + box.height / 2);
      await page.mouse.move(box.x + 2, box.y + box.height / 2);
      expect(await timeAt(chart), chart).toMatch(/^2:[23]\d$/);
    }
    await page.keyboard.press("Escape");
    await reset().waitFor({ state: "detached" });
    const box = await boxOf(page, "throughput");
    await page.mouse.move(box.x + 2, box.y + box.height / 2);
    expect(await timeAt("throughput")).toMatch(/^0:0\d$/);
  });

  it("zoom out by a double click", async () => {
    await drag(page, "latency", 0.6, 0.8);
    await reset().waitFor();
    await plot(page, "latency").dblclick();
    await reset().waitFor({ state: "detached" });
  });

  it("are about what the filter finds", async () => {
    const before = await page.getByTestId("kpis").innerText();
    const [first = ""] = await rows();
    const name = first.split(/\t|\n/).find((part) => part.includes("/")) ?? "";
    await page.keyboard.press("/");
    await page.keyboard.type(name);
    await page.getByText("Only", { exact: true }).waitFor();
    expect((await rows()).length).toBeLessThan(12);
    expect(await page.getByTestId("kpis").innerText()).not.toBe(before);
    await page.keyboard.press("Escape");
    await page.getByText("All requests", { exact: true }).waitFor();
    expect(await page.getByTestId("kpis").innerText()).toBe(before);
  });

  it("let the arrow keys move the crosshair, and tell what is there", async () => {
    const chart = page.locator('[data-testid="chart-latency"] [aria-roledescription="chart"]');
    await page.mouse.move(0, 0);
    await chart.focus();
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Shift+ArrowRight");
    expect(await timeAt("latency")).toBe("0:11");
    expect(await timeAt("throughput")).toBe("0:11");
    const said = page.getByTestId("chart-latency").locator('.sr[role="status"]');
    expect(await said.innerText()).toMatch(/^0:11: .*p50 /);
    await page.keyboard.press("+");
    await reset().waitFor();
    await page.keyboard.press("Escape");
    await reset().waitFor({ state: "detached" });
  });
});

/** What a chart's menu saves. */
async function saved(chart: string, as: string): Promise<{ name: string; bytes: Buffer }> {
  const card = page.getByTestId(`chart-${chart}`);
  await card.getByRole("button", { name: /data and export$/ }).click();
  const [download] = await Promise.all([page.waitForEvent("download"), card.getByRole("button", { name: as }).click()]);
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

/** How many pixels of a picture have the colour of each line of the chart's legend. */
const colours = (chart: string, png: Buffer) =>
  page.evaluate(
    async ([id, base64]) => {
      const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
      const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
      const pen = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
      if (!pen) throw new Error("no canvas");
      pen.drawImage(picture, 0, 0);
      const { data } = pen.getImageData(0, 0, picture.width, picture.height);
      const found: Record<string, number> = {};
      for (const sign of document.querySelectorAll(`[data-testid="chart-${id}"] .charts_legend i`)) {
        const token = /var\((.*)\)/.exec(sign.getAttribute("style") ?? "")?.[1] ?? "";
        pen.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(token).trim();
        pen.fillRect(0, 0, 1, 1);
        const own = pen.getImageData(0, 0, 1, 1).data;
        const far = (i: number, k: number): number => Math.abs((data[i + k] as number) - (own[k] as number));
        let n = 0;
        // A thin line is mixed with what lies below it.
        for (let i = 0; i < data.length; i += 4) if (far(i, 0) + far(i, 1) + far(i, 2) < 60) n++;
        found[sign.parentElement?.textContent ?? ""] = n;
      }
      const shown = document.querySelector<HTMLCanvasElement>(`[data-testid="chart-${id}"] canvas`);
      return { found, size: [picture.width, picture.height], chart: [shown?.width, shown?.height] };
    },
    [chart, png.toString("base64")] as const,
  );

describe("a chart", () => {
  it("is saved as a picture of what is seen", async () => {
    const { name, bytes } = await saved("latency", "Save as PNG");
    expect(name).toMatch(/-latency.*\.png$/);
    const all = await colours("latency", bytes);
    // A second has too few requests for a p99.
    expect(all.found["p50"]).toBeGreaterThan(500);
    expect(all.found["p95"]).toBeGreaterThan(500);
    expect(all.size).toEqual([(all.chart[0] ?? 0) + 28, (all.chart[1] ?? 0) + 48]);

    const p50 = page.getByTestId("chart-latency").getByRole("button", { name: "p50", exact: true });
    await p50.click();
    const less = await colours("latency", (await saved("latency", "Save as PNG")).bytes);
    expect(less.found["p50"], "a line that is hidden").toBeLessThan((all.found["p50"] ?? 0) / 5);
    await p50.click();
  });

  it("is saved as a table with every request in it", async () => {
    const { name, bytes } = await saved("throughput", "Save as CSV");
    expect(name).toMatch(/-throughput\.csv$/);
    const [head = [], ...rest] = bytes
      .toString()
      .trim()
      .split("\r\n")
      .map((row) => row.split(","));
    expect(head.slice(0, 2)).toEqual(["seconds", "requests"]);
    const run = new RunModel(await open(new Uint8Array(blockOf(report))));
    expect(rest.length).toBe(run.axis.count);
    const sum = rest.reduce((n, row) => n + Number(row[1]) * run.width, 0);
    const counted = run.column("t.requests")?.reduce((n, v) => n + v, 0) ?? 0;
    expect(counted).toBeGreaterThan(1000);
    expect(Math.abs(sum - counted)).toBeLessThan(counted / 1000);
  });
});

describe("the page", () => {
  it("sorts endpoints by a click, and the other way by another", async () => {
    const p99 = page.getByTestId("endpoints").getByRole("button", { name: /^p99/ });
    const column = () =>
      page
        .getByTestId("endpoints")
        .locator("tbody tr:not([data-muted]) td:nth-child(6)")
        .evaluateAll((cells) =>
          cells.map((c) => {
            const [, value = "", unit = ""] = /([\d.,]+)\s(µs|ms|s)/.exec(c.textContent ?? "") ?? [];
            return Number(value.replace(",", "")) * ({ µs: 0.001, ms: 1, s: 1000 }[unit] ?? Number.NaN);
          }),
        );
    await p99.click();
    const down = await column();
    expect(down.length).toBeGreaterThan(10);
    expect(down).toEqual([...down].sort((a, b) => b - a));
    await p99.click();
    expect(await column()).toEqual([...down].reverse());
  });

  it("opens an endpoint, and shows it alone in all charts", async () => {
    const details = page.getByRole("button", { name: /^Details of / }).first();
    const name = ((await details.getAttribute("aria-label")) ?? "").replace("Details of ", "");
    await details.click();
    await page.getByText("Where the time goes (p95)").waitFor();
    await page.getByRole("button", { name: "Show in all charts" }).click();
    await page.locator(".charts_scope").getByText(name, { exact: true }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByText("All requests", { exact: true }).waitFor();
  });

  it("gives the focus back when a dialog closes, whatever opened and closed it", async () => {
    const menu = page.getByTestId("chart-heatmap").getByRole("button", { name: /data and export$/ });
    const focused = () => menu.evaluate((e) => e === document.activeElement);
    const closings = [
      () => page.keyboard.press("Escape"),
      () => page.locator("dialog[open]").getByRole("button", { name: "Close" }).click(),
    ];
    for (const close of closings) {
      await menu.click();
      await page.getByRole("button", { name: "Show the data" }).click();
      await page.locator("dialog[open]").waitFor();
      await close();
      await page.locator("dialog[open]").waitFor({ state: "detached" });
      expect(await focused()).toBe(true);
    }
  });

  it("turns the pages of a table, each with rows of its own", async () => {
    await page
      .getByTestId("chart-heatmap")
      .getByRole("button", { name: /data and export$/ })
      .click();
    await page.getByRole("button", { name: "Show the data" }).click();
    const shownRows = () => page.locator("dialog[open] tbody tr").allInnerTexts();
    const first = await shownRows();
    await page.locator("dialog[open]").getByRole("button", { name: "Next" }).click();
    const second = await shownRows();
    expect(second.length).toBeLessThanOrEqual(first.length);
    expect(second.filter((row) => first.includes(row))).toEqual([]);
    await page.keyboard.press("Escape");
    await page.locator("dialog[open]").waitFor({ state: "detached" });
  });

  it("changes its theme by T, and keeps it", async () => {
    const theme = () => page.evaluate(() => document.documentElement.dataset["theme"]);
    const before = await theme();
    await page.keyboard.press("t");
    expect(await theme()).not.toBe(before);
    await page.keyboard.press("t");
    expect(await theme()).toBe(before);
  });

  it("lists its keys by ?", async () => {
    await page.keyboard.press("?");
    await page.locator("dialog[open]").waitFor();
    await page.keyboard.press("Escape");
    await page.locator("dialog[open]").waitFor({ state: "detached" });
    expect(problems).toEqual([]);
  });
});
