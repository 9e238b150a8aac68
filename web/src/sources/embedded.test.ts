import { deflateRawSync } from "node:zlib";
import { expect, test } from "vitest";
import { Made } from "../test/made";
import { embed, embedded } from "./embedded";

const app = `<html><head><meta name="loadforge-source" content="live" /></head>
<body><script>"</body>"</script></body></html>`;

test("a report has the runs that were written into it", async () => {
  const run = deflateRawSync(new Made({ seconds: 5 }).plain());
  const before = deflateRawSync(new Made({ seconds: 3 }).plain());
  const report = embed(app, { "loadforge-page": run, "loadforge-baseline": before });
  expect(report).toContain('name="loadforge-source" content="embedded"');
  expect(report).toContain('"</body>"</script><script type="text/plain"');
  document.documentElement.innerHTML = report;
  expect((await embedded("loadforge-page"))?.rows()).toBe(5);
  expect((await embedded("loadforge-baseline"))?.rows()).toBe(3);
});

test("a report has no run to compare with where there was none", async () => {
  document.documentElement.innerHTML = embed(app, { "loadforge-page": Uint8Array.of(1) });
  expect(await embedded("loadforge-baseline")).toBeNull();
});
