import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { newBrowser, openFile, shown } from "./browser";
import { Cable } from "./cable";
import { pageOf, received, workshop } from "./processes";

const here = workshop();
const browse = newBrowser();

const rows = (page: Page): Promise<number> => page.evaluate(() => window.loadforge.rows());
const connection = (page: Page): Promise<string> => page.getByTestId("connection").innerText();
const patient = { timeout: 60_000, interval: 100 };

interface Result {
  totals: { requests: number; cancelled?: number };
  interrupted?: boolean;
}
const result = (): Result => JSON.parse(readFileSync(join(here.latest(), "result.json"), "utf8")) as Result;

describe("the dashboard of a run", () => {
  it("moves on by itself, and ends with what the server counted", async () => {
    const target = await here.echo("--latency", "5ms");
    const { page, problems } = await browse();
    const run = await here.run(target, "--rate", "50", "-d", "30s");
    await page.goto(run.url);
    await shown(page);
    await page.getByTestId("status").getByText("Running").waitFor();
    const before = await rows(page);
    await page.waitForFunction((n) => window.loadforge.rows() >= n + 3, before);
    await page.getByTestId("verdict").waitFor();
    expect(await run.process.exit, run.process.output).toBe(0);
    const sent = await received(target);
    expect(result().totals.requests).toBe(sent);
    expect(await page.getByTestId("verdict").innerText()).toContain(`${sent.toLocaleString("en-US")} requests`);
    expect(await connection(page)).toContain("ended");
    expect(await rows(page)).toBeGreaterThanOrEqual(30);
    expect(problems).toEqual([]);
  });

  it("loses no row when the connection is cut for four seconds", async () => {
    const target = await here.echo("--latency", "5ms");
    const run = await here.run(target, "--rate", "30", "-d", "5m");
    const cable = await Cable.to(run.url);
    const { page } = await browse();
    await page.goto(cable.url);
    await shown(page);
    await page.waitForFunction(() => window.loadforge.rows() >= 3);
    const cut = cable.cut(4000);
    await expect.poll(() => connection(page), patient).toContain("lost");
    await cut;
    await expect.poll(() => connection(page), patient).toContain("Live");
    // Rows come in at once, so that all of them are there while the run goes on.
    await page.waitForFunction((n) => window.loadforge.rows() >= n, (await pageOf(run.url)).rows());
    const least = (await pageOf(run.url)).rows();
    const seen = await rows(page);
    const most = (await pageOf(run.url)).rows() + 1;
    expect(seen).toBeGreaterThanOrEqual(least - 1);
    expect(seen).toBeLessThanOrEqual(most);
    expect(run.process.over, "the run goes on").toBe(false);
    // Each second has its own: none is left out, and none is a mean of others.
    await page.getByRole("button", { name: "Throughput: data and export" }).click();
    await page.getByRole("button", { name: "Show the data" }).click();
    const numbers = await page.locator("dialog[open] tbody tr td:nth-child(2)").allInnerTexts();
    expect(numbers.length).toBeGreaterThanOrEqual(least);
    expect(numbers.filter((n) => !/\d/.test(n))).toEqual([]);
    cable.close();
    await run.process.kill();
  });

  it("shows the end of a run to somebody who paused", async () => {
    const target = await here.echo("--latency", "5ms");
    const run = await here.run(target, "--rate", "50", "-d", "12s");
    const { page } = await browse();
    await page.goto(run.url);
    await shown(page);
    await page.waitForFunction(() => window.loadforge.rows() >= 2);
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByRole("button", { name: "Follow" }).waitFor();
    await page.getByTestId("verdict").waitFor();
    expect(await page.getByTestId("status").innerText()).toBe("Finished");
    expect(await run.process.exit, run.process.output).toBe(0);
  });

  it("stops the run, annotates it and changes its users", async () => {
    const target = await here.echo("--latency", "20ms");
    const run = await here.run(target, "-u", "4", "-d", "5m", "--max-rps", "60");
    const { page, problems } = await browse();
    await page.goto(run.url);
    await shown(page);
    const events = page.getByTestId("events");
    await page.waitForFunction(() => window.loadforge.rows() >= 2);

    await events.getByRole("button", { name: "+ Annotate" }).click();
    await page.getByLabel("Annotation").fill("deploy <b>2.3.1</b>");
    // Seconds that pass don't take the focus back.
    await page.keyboard.press("Tab");
    const left = await page.evaluate(() => document.activeElement?.textContent);
    const passed = await rows(page);
    await page.waitForFunction((n) => window.loadforge.rows() >= n + 2, passed);
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(left);
    await page.getByLabel("Annotation").focus();
    await page.keyboard.press("Enter");
    await events.getByText("deploy <b>2.3.1</b>").waitFor();

    await page.getByRole("button", { name: "Change the level of the load" }).click();
    const form = page.locator("form", { hasText: "users" });
    await form.locator("input").fill("9");
    await form.getByRole("button", { name: "Set" }).click();
    await form.getByText("Going to 9.").waitFor();
    await expect.poll(() => page.getByTestId("kpis").innerText(), patient).toMatch(/Active users\s+now\s+9\b/i);
    await page.keyboard.press("Escape");
    await events.scrollIntoViewIfNeeded(); // what is out of sight stays as it was
    await events.getByText("level changed by hand").waitFor();

    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await page.getByRole("button", { name: "Let users finish" }).click();
    await page.getByTestId("verdict").getByText("Interrupted").waitFor();
    expect(await run.process.exit, run.process.output).toBe(105);
    expect(problems).toEqual([]);
    const sent = await received(target);
    expect(result().totals.requests).toBe(sent);

    const report = await browse({ offline: true });
    await openFile(report.page, join(here.latest(), "report.html"));
    const kept = await report.page.getByTestId("events").innerText();
    expect(kept).toContain("deploy <b>2.3.1</b>");
    expect(kept).toContain("level changed by hand");
    expect(kept).toMatch(/stop/i);
    expect(await report.page.getByTestId("verdict").innerText()).toContain("Interrupted");
    expect(report.problems).toEqual([]);
  });
});
