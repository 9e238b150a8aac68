import { beforeAll, describe, expect, it } from "vitest";
import { desktop, fits, newBrowser, phone, shown } from "./browser";
import { workshop } from "./processes";

const here = workshop();
const browse = newBrowser();
let url: string;

beforeAll(async () => {
  const target = await here.echo();
  for (const rate of ["20", "40"]) {
    const run = here.start("run", target, "--rate", rate, "-d", "3s", "--no-report", "-q");
    expect(await run.exit, run.output).toBe(0);
  }
  url = await here.start("dashboard", "--addr", "127.0.0.1:0").said(/(http:\S+)/);
});

describe("the history", () => {
  it("lists the runs and opens one", async () => {
    const { page, problems } = await browse();
    await page.goto(url);
    const runs = page.getByTestId("runs").locator("tbody tr");
    await runs.nth(1).waitFor();
    expect(await runs.count()).toBe(2);
    for (const size of [phone, desktop]) {
      await page.setViewportSize(size);
      await fits(page);
    }
    await runs.first().getByRole("link").click();
    await shown(page);
    expect(await page.getByTestId("verdict").innerText()).toMatch(/1[12]\d requests/);
    await page.goBack();
    await runs.first().waitFor();
    expect(problems).toEqual([]);
  });

  it("finds runs by a filter", async () => {
    const { page } = await browse();
    await page.goto(url);
    await page.getByTestId("runs").locator("tbody tr").first().waitFor();
    await page.getByLabel(/^Filter runs/).fill("no such run");
    await page.getByText("No run fits “no such run”.").waitFor();
  });

  it("compares two", async () => {
    const { page, problems } = await browse();
    await page.goto(url);
    const boxes = page.getByTestId("runs").getByRole("checkbox");
    await boxes.nth(1).waitFor();
    await boxes.nth(0).check();
    await boxes.nth(1).check();
    await page.getByRole("link", { name: "Compare" }).click();
    await shown(page);
    await page.getByRole("button", { name: /^vs\. / }).waitFor();
    await page.getByRole("columnheader", { name: /Δ p95/ }).waitFor();
    expect(await page.getByTestId("kpis").innerText()).toMatch(/\+\d+/);
    expect(problems).toEqual([]);
  });
});
