import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { it } from "vitest";
import { boxOf, desktop, newBrowser, openFile, phone, shown } from "./browser";
import { repository } from "./paths";
import { workshop } from "./processes";

const here = workshop();
const browse = newBrowser();
const images = join(repository, "docs/images");
const themes = ["light", "dark"] as const;

async function hover(page: Page): Promise<void> {
  await page.evaluate(() => window.scrollTo(0, 0));
  const box = await boxOf(page, "throughput");
  await page.mouse.move(box.x + box.width * 0.6, box.y + box.height / 2);
  await page.mouse.move(box.x + box.width * 0.62, box.y + box.height / 2);
}

/** A test of the shop: users come, stay, all at once, and go. */
const shop = (target: string): string[] => [
  "demo",
  "--target",
  target,
  ..."-d 60s --pattern spike -u 20 --spike-to 90 --threshold p95<250ms --fail-on-error-rate 2%".split(" "),
];

it("takes pictures of a run and of its report", async () => {
  mkdirSync(images, { recursive: true });
  const target = await here.echo("--realistic", "--capacity", "1100");
  const before = here.start(...shop(target), "--no-report");
  await before.exit;

  const run = here.start(...shop(target), "--baseline", "latest", "--dashboard", "--dashboard-addr", "127.0.0.1:0");
  const url = await run.said(/dashboard\W+(http:\S+)/i);
  const live = await Promise.all(
    themes.map(async (colorScheme) => {
      const { page } = await browse({ colorScheme, viewport: { ...desktop, height: 1180 } });
      await page.goto(`${url}?theme=${colorScheme}`);
      await shown(page);
      return { page, colorScheme };
    }),
  );
  const small = await browse({ viewport: phone, deviceScaleFactor: 2 });
  await small.page.goto(url);
  for (const { page, colorScheme } of live) {
    await page.bringToFront();
    await page.waitForFunction(() => window.loadforge.rows() >= 42);
    await hover(page);
    await page.screenshot({ path: join(images, `live-${colorScheme}.png`) });
  }
  await small.page.bringToFront();
  await shown(small.page);
  await small.page.screenshot({ path: join(images, "live-phone.png") });
  await run.exit;

  for (const colorScheme of themes) {
    const { page } = await browse({ colorScheme, offline: true });
    await openFile(page, join(here.latest(), "report.html"), `?theme=${colorScheme}`);
    await hover(page);
    await page.screenshot({ path: join(images, `report-${colorScheme}.png`), fullPage: true });
  }
  const report = await browse({ viewport: phone, deviceScaleFactor: 2, offline: true });
  await openFile(report.page, join(here.latest(), "report.html"));
  await report.page.screenshot({ path: join(images, "report-phone.png") });

  const history = await browse({ viewport: { width: 1440, height: 700 } });
  await history.page.goto(await here.start("dashboard", "--dashboard-addr", "127.0.0.1:0").said(/(http:\S+)/));
  await history.page.getByTestId("runs").locator("tbody tr").first().waitFor();
  await history.page.screenshot({ path: join(images, "history.png") });
});
