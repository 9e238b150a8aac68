import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { blockOf, rewrite, withBlock } from "./block";
import { desktop, fits, newBrowser, openFile, phone, type Watched } from "./browser";
import { madeRun, reportOf, workshop } from "./processes";

const here = workshop();
const browse = newBrowser();

const script = `</script><script>window.pwned=1</script><img src=x onerror="window.pwned=2;alert(1)">`;
const hostile = [
  script,
  `"'\`><svg onload=window.pwned=3>{{7*7}}\${window.pwned=4}`,
  "javascript:window.pwned=5//",
  "\u202egnp.exe\u202c\u2066\u200f עברית \u200b\ufeff",
  "\u0000\u0001\u0007\u001b[31mred\u001b[0m\r\n\ttabs\u007f\u0085\u2028\u2029",
  "x".repeat(10_000),
  `GET /${"seg/".repeat(2_500)}`,
  "𝕳̷̢͝ë".repeat(200),
  "",
  "__proto__",
  "constructor",
  "<!--",
  "]]>",
];
const pick = (i: number): string => hostile[i % hostile.length] ?? "";

async function harmless({ page, problems }: Watched): Promise<void> {
  const executed = async (): Promise<void> => {
    expect(await page.evaluate(() => window.pwned)).toBeUndefined();
    expect(problems).toEqual([]);
  };
  await executed();
  for (const size of [desktop, phone]) {
    await page.setViewportSize(size);
    for (const details of await page.getByRole("button", { name: /^(Details|Sample) of / }).all()) {
      if ((await details.isVisible()) && (await details.getAttribute("aria-expanded")) === "false")
        await details.click();
      await fits(page);
    }
    await fits(page);
  }
  await executed();
}

describe("hostile text", () => {
  it("of every field of a run is text in its report", async () => {
    const report = reportOf(madeRun({ seconds: 120, names: 12, rate: 200 }));
    const block = rewrite(blockOf(report), (page) => {
      page.run.test = script + pick(5);
      page.run.target = pick(6);
      page.run.host = pick(3);
      page.run.version = pick(1);
      page.run.settings = Object.fromEntries(hostile.map((text) => [text, text]));
      page.loads.forEach((l, i) => {
        l.scenario = pick(i);
        l.pattern = pick(i + 4);
        for (const phase of l.phases) phase.name = pick(i + 5);
      });
      page.names.forEach((n, i) => {
        n.name = i < hostile.length ? pick(i) : `${i}${pick(i)}`;
      });
      page.events.push(
        ...hostile.map((text, i) => ({ at_s: i * 4, kind: i % 2 ? "annotation" : "message", text }) as const),
      );
      page.status.message = script;
      page.status.error = script + pick(5);
      page.status.aborted = pick(5);
      page.status.verdict = { state: "invalid", reasons: hostile };
      page.status.addresses = hostile.map((text, i) => ({ name: text, address: pick(i + 3), connections: i + 1 }));
      page.status.checks = hostile.map((name) => ({ name, passed: 1, failed: 1 }));
      page.status.thresholds.forEach((t, i) => {
        t.rule = pick(i);
        t.name = pick(i + 5);
        t.unit = pick(i + 1);
      });
      page.status.errors = hostile.map((text, i) => ({
        class: pick(i),
        name: page.names[i % page.names.length]?.name ?? "",
        message: text,
        detail: text + text,
        count: i + 1,
        first_s: 0,
        last_s: 100,
      }));
    });
    const file = join(here.dir, "hostile.html");
    writeFileSync(file, withBlock(report, block));
    const watched = await browse({ offline: true });
    await openFile(watched.page, file);
    const seen = await watched.page.getByTestId("endpoints").innerText();
    expect(seen).toContain("<script>window.pwned=1</script>");
    await harmless(watched);
  });

  it("that a target answers, and in its address, is text in the report", async () => {
    let asked = 0;
    const server = createServer((_, answer) => {
      const text = pick(asked++);
      answer.writeHead(500 + (asked % 20), {
        "Content-Type": "text/html",
        "X-Text": encodeURIComponent(text).slice(0, 900),
      });
      answer.end(text + script);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    afterAll(() => server.close());
    const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const url = `${at}/${encodeURIComponent(script)}?q=%22%3E%3Csvg/onload=window.pwned=6%3E%E2%80%AE${"y".repeat(3000)}#"><b>`;
    const run = here.start("run", url, "--rate", "50", "-d", "3s", "-H", `X-Test: ${script}`);
    expect(await run.exit, run.output).not.toBeNull();
    const watched = await browse({ offline: true });
    await openFile(watched.page, join(here.latest(), "report.html"));
    await harmless(watched);
  });
});
