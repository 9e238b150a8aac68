import { statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { drag, newBrowser, openFile } from "./browser";
import { size, time } from "./figures";
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
      time(`${what}: on the screen`, await openFile(page, report), 2500);

      const from = Date.now();
      await drag(page, "throughput", 0.3, 0.6);
      await page.getByRole("button", { name: /· Reset$/ }).waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: /· Reset$/ }).waitFor({ state: "detached" });
      time(`${what}: drag a zoom, and reset it`, Date.now() - from, 2000);

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
      time(`${what}: a frame of scrolling (p90)`, frame, 100);
      await page.getByTestId("endpoints").getByText(`${endpoints} endpoints`).waitFor();
      expect(problems).toEqual([]);
    });
  }
});
