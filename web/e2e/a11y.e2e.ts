import { describe, it } from "vitest";
import { accessible, newBrowser, openFile, phone, shown } from "./browser";
import { madeRun, reportOf, workshop } from "./processes";

const here = workshop();
const browse = newBrowser();
const themes = ["light", "dark"] as const;

describe("nothing is in the way of anybody", () => {
  for (const colorScheme of themes) {
    it(`in a report, ${colorScheme}`, async () => {
      const report = reportOf(madeRun({ seconds: 600, names: 12 }));
      const { page } = await browse({ colorScheme, reducedMotion: "reduce" });
      await openFile(page, report, `?theme=${colorScheme}`);
      await accessible(page);
      await page
        .getByRole("button", { name: /^Details of / })
        .first()
        .click();
      await page
        .getByRole("button", { name: /^Sample of / })
        .first()
        .click();
      await accessible(page);
      await page.keyboard.press("?");
      await page.locator("dialog[open]").waitFor();
      await accessible(page);
    });

    it(`in a report on a phone, ${colorScheme}`, async () => {
      const report = reportOf(madeRun({ seconds: 600, names: 12 }));
      const { page } = await browse({ colorScheme, viewport: phone });
      await openFile(page, report, `?theme=${colorScheme}`);
      await accessible(page);
    });

    it(`in a live run and in the history, ${colorScheme}`, async () => {
      const target = await here.echo("--error-rate", "5%");
      const run = await here.run(target, "-u", "4", "--max-rps", "50", "-d", "5m");
      const { page } = await browse({ colorScheme, reducedMotion: "reduce" });
      await page.goto(`${run.url}?theme=${colorScheme}`);
      await shown(page);
      await page.waitForFunction(() => window.loadforge.rows() >= 3);
      await accessible(page);
      await page.getByRole("button", { name: "Stop", exact: true }).click();
      await page.getByRole("button", { name: "Let users finish" }).waitFor();
      await accessible(page);
      await page.getByRole("button", { name: "Cut now" }).click();
      await run.process.exit;

      const saved = here.start("dashboard", "--dashboard-addr", "127.0.0.1:0");
      await page.goto(`${await saved.said(/(http:\S+)/)}?theme=${colorScheme}`);
      await page.getByTestId("runs").locator("tbody tr").first().waitFor();
      await accessible(page);
    });
  }
});
