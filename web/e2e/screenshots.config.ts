import { defineConfig } from "vitest/config";
import e2e from "./vitest.config";

export default defineConfig({ test: { ...e2e.test, include: ["e2e/screenshots.ts"], testTimeout: 600_000 } });
