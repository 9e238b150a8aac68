import { defineConfig } from "vitest/config";

// One test at a time: they measure, and a machine has few cores.
export default defineConfig({
  test: {
    // Making up a day of data takes minutes.
    include: process.env["LOADFORGE_SCALE"] ? ["e2e/scale.e2e.ts"] : ["e2e/**/*.e2e.ts"],
    exclude: process.env["LOADFORGE_SCALE"] ? [] : ["e2e/scale.e2e.ts"],
    environment: "node",
    globalSetup: "e2e/build.ts",
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 600_000,
  },
});
