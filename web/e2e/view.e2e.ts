import type { Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { boxOf, drag, newBrowser, openFile, plot } from "./browser";
import { madeRun, reportOf } from "./processes";

const charts = ["throughput", "latency", "users", "errors"];
const browse = newBrowser();
let page: Page;
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
  const report = reportOf(madeRun({ seconds: 600, names: 12 }));
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

  it("opens an endpoint", async () => {
    await page
      .getByRole("button", { name: /^Details of / })
      .first()
      .click();
    await page.getByText("Where the time goes (p95)").waitFor();
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
