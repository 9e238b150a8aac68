import { statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { busy, drag, newBrowser, openFile } from "./browser";
import { clock, size, time } from "./figures";
import { madeRun, reportOf } from "./processes";

const browse = newBrowser();

const runs = [
  { what: "24 h, 20 endpoints", made: { seconds: 86_400, names: 20, rate: 60 }, endpoints: 20 },
  { what: "10 min, 200 endpoints", made: { seconds: 600, names: 200, rate: 2000 }, endpoints: 200 },
];

describe("a report of", () => {
  for (const { what, made, endpoints } of runs) {
    it(`${what} opens, zooms and scrolls`, async () => {
      const report = reportOf(madeRun(made));
      size(`${what}: report.html`, statSync(report).size);
      const { page, problems } = await browse({ offline: true });
      let seen = 0;
      const opened = await busy(page, async () => {
        seen = await openFile(page, report);
      });
      time(`${what}: on the screen`, opened, 2500);
      clock(`${what}: on the screen`, seen);

      const zoomed = await busy(page, async () => {
        await drag(page, "throughput", 0.3, 0.6);
        await page.getByRole("button", { name: /· Reset$/ }).waitFor();
        await page.keyboard.press("Escape");
        await page.getByRole("button", { name: /· Reset$/ }).waitFor({ state: "detached" });
      });
      time(`${what}: drag a zoom, and reset it`, zoomed, 1000);

      const frame = await page.evaluate(async () => {
        const frames: number[] = [];
        let last = performance.now();
        for (let y = 0; y < document.documentElement.scrollHeight; y += 150) {
          window.scrollTo(0, y);
          await new Promise(requestAnimationFrame);
          frames.push(performance.now() - last);
          last = performance.now();
        }
        return frames.sort((a, b) => a - b)[Math.floor(frames.length * 0.9)] ?? 0;
      });
      clock(`${what}: a frame of scrolling (p90)`, frame);
      await page.getByTestId("endpoints").getByText(`${endpoints} endpoints`).waitFor();
      expect(problems).toEqual([]);
    });
  }
});
