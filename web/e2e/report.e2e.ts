import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { desktop, fits, newBrowser, openFile, phone } from "./browser";
import { received, workshop } from "./processes";

const here = workshop();
const browse = newBrowser();

describe("the report of a run", () => {
  it("opens from the disk without a network, and counts what the server counted", async () => {
    const target = await here.echo();
    const run = here.start("run", target, "--rate", "40", "-d", "6s", "--format", "html,json");
    expect(await run.exit, run.output).toBe(0);
    const sent = await received(target);
    const result = JSON.parse(readFileSync(join(here.latest(), "result.json"), "utf8")) as {
      totals: { requests: number };
    };
    expect(result.totals.requests).toBe(sent);

    const { page, problems, requests } = await browse({ offline: true });
    await openFile(page, join(here.latest(), "report.html"));
    const verdict = await page.getByTestId("verdict").innerText();
    expect(verdict).toContain(`${sent.toLocaleString("en-US")} requests`);
    expect(await page.evaluate(() => window.loadforge.rows())).toBeGreaterThanOrEqual(6);
    for (const size of [desktop, phone]) {
      await page.setViewportSize(size);
      await fits(page);
    }
    expect(requests.filter((url) => !url.startsWith("file://") && !url.startsWith("data:"))).toEqual([]);
    expect(problems).toEqual([]);
  });

  it("shows the single second of a short run", async () => {
    const target = await here.echo();
    const run = here.start("run", target, "--rate", "200", "-d", "1s", "--format", "html");
    expect(await run.exit, run.output).toBe(0);
    const { page, problems } = await browse({ offline: true });
    await openFile(page, join(here.latest(), "report.html"));
    expect(await drawn(page, "latency", "--p50")).toBeGreaterThan(5);
    expect(problems).toEqual([]);
  });

  it("shows a run that failed, beside its baseline", async () => {
    const target = await here.echo("--error-rate", "20%");
    const run = here.start(
      "run",
      target,
      "--rate",
      "40",
      "-d",
      "4s",
      "--threshold",
      "error_rate<1%",
      "--baseline",
      "latest",
    );
    expect(await run.exit, run.output).toBe(99);
    const { page, problems } = await browse({ offline: true });
    await openFile(page, join(here.latest(), "report.html"));
    expect(await page.getByTestId("verdict").getAttribute("data-tone")).toBe("bad");
    await page.getByTestId("errors").getByText("5xx").first().waitFor();
    const compare = page.getByRole("button", { name: /^vs\. / });
    expect(await compare.getAttribute("aria-pressed")).toBe("true");
    await page.keyboard.press("c");
    expect(await compare.getAttribute("aria-pressed")).toBe("false");
    expect(problems).toEqual([]);
  });
});

/** How many pixels of a chart have the colour of a line. */
const drawn = (page: Page, chart: string, token: string): Promise<number> =>
  page.evaluate(
    ([id, name]) => {
      const canvas = document.querySelector<HTMLCanvasElement>(`[data-testid="chart-${id}"] canvas`);
      const own = new OffscreenCanvas(1, 1).getContext("2d");
      if (!canvas || !own) throw new Error("no chart");
      own.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
      own.fillRect(0, 0, 1, 1);
      const want = own.getImageData(0, 0, 1, 1).data;
      const data = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      let n = 0;
      for (let i = 0; i < data.length; i += 4) {
        const far = [0, 1, 2].reduce((sum, k) => sum + Math.abs((data[i + k] ?? 0) - (want[k] ?? 0)), 0);
        if (far < 60 && (data[i + 3] ?? 0) > 128) n++;
      }
      return n;
    },
    [chart, token] as const,
  );
