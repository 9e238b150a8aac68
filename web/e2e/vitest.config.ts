import { defineConfig } from "vitest/config";

// Making up a day of data takes minutes.
const scale = Boolean(process.env["LOADFORGE_SCALE"]);
const atScale = "e2e/scale.e2e.ts";

// One test at a time: they measure, and a machine has few cores.
export default defineConfig({
  test: {
    include: scale ? [atScale] : ["e2e/**/*.e2e.ts"],
    exclude: scale ? [] : [atScale],
    environment: "node",
    globalSetup: "e2e/build.ts",
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 600_000,
  },
});
