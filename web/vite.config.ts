import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import react from "@vitejs/plugin-react";
import { type Plugin, runnerImport } from "vite";
import { viteSingleFile } from "vite-plugin-singlefile";
import { defineConfig } from "vitest/config";

// Pure ASCII: a browser keeps such a file in bytes, where one arrow makes all
// of it, data too, twice as large and slow to read.
const inScript = (text: string): string =>
  text.replace(/[^\0-\x7f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
const inStyle = (text: string): string =>
  text.replace(/[^\0-\x7f]/gu, (c) => `\\${(c.codePointAt(0) ?? 0).toString(16)} `);
const ascii = (html: string): string =>
  html
    .replace(/(<script type="module"[^>]*>)([\s\S]*?)(<\/script>)/g, (_, a, code, b) => a + inScript(code) + b)
    .replace(/(<style[^>]*>)([\s\S]*?)(<\/style>)/g, (_, a, rules, b) => a + inStyle(rules) + b)
    .replace(/[^\0-\x7f]/gu, (c) => `&#${c.codePointAt(0)};`);

// The report is one file that people send to each other: it carries the
// licences of what is in it, and a policy under which nothing but this very
// script runs, whatever the target answered.
function sealed(): Plugin {
  return {
    name: "sealed",
    apply: "build",
    enforce: "post",
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        for (const file of Object.values(bundle)) {
          if (file.type !== "asset" || !file.fileName.endsWith(".html")) continue;
          const bare = String(file.source);
          // The last one: the app's own text has one, too.
          const end = bare.lastIndexOf("</body>");
          const licences = `<!--\n${readFileSync("licences.txt", "utf8").trim()}\n-->\n  `;
          const html = ascii(bare.slice(0, end) + licences + bare.slice(end));
          const hashes = [...html.matchAll(/<script type="module"[^>]*>([\s\S]*?)<\/script>/g)].map(
            (m) =>
              `'sha256-${createHash("sha256")
                .update(m[1] ?? "")
                .digest("base64")}'`,
          );
          const policy = [
            "default-src 'none'",
            `script-src ${hashes.join(" ")}`,
            "style-src 'unsafe-inline'",
            "img-src data: blob:",
            "font-src data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
          ].join("; ");
          const head = `<meta charset="utf-8" />\n    <meta http-equiv="Content-Security-Policy" content="${policy}" />`;
          file.source = html.replace('<meta charset="utf-8" />', () => head);
        }
      },
    },
  };
}

// uPlot asks for the tables of number and date formats when it is loaded, which
// takes tens of milliseconds; what it wants them for is not used here.
function lateFormats(): Plugin {
  const changes: [string, string][] = [
    ["const numFormatter = new Intl.", "let late;\nconst numFormatter = () => new Intl."],
    ["numFormatter.format(", "(late ??= numFormatter()).format("],
    ["const localTz = new Intl.", "const localTz = () => new Intl."],
    ["tz == localTz)", "tz == localTz())"],
  ];
  return {
    name: "late-formats",
    transform: {
      filter: { id: /uPlot\.esm\.js/ },
      handler(code) {
        for (const [from, to] of changes) {
          if (!code.includes(from)) this.error(`uPlot has no “${from}” any more: see whether it still loads formats.`);
          code = code.replace(from, () => to);
        }
        return { code, map: null };
      },
    },
  };
}

// Without Go there are made-up runs: / is live, /history, /runs/report/ and
// /report-hour.html are others.
function madeUp(): Plugin {
  const runs = async (): Promise<typeof import("./src/test/serve")> =>
    (await runnerImport<typeof import("./src/test/serve")>("./src/test/serve.ts")).module;
  return {
    name: "made-up",
    apply: "serve",
    async configurePreviewServer(server) {
      const { handle } = await runs();
      server.middlewares.use((req, res, next) => {
        if (!handle(req, res, () => readFileSync("dist/index.html", "utf8"))) next();
      });
    },
    async configureServer(server) {
      const { handle, isPage } = await runs();
      server.middlewares.use((req, res, next) => {
        if (isPage(req.url ?? "/")) {
          const raw = readFileSync("index.html", "utf8");
          server.transformIndexHtml("/", raw).then((page) => handle(req, res, () => page) || next(), next);
        } else if (!handle(req, res, () => "")) next();
      });
    },
  };
}

export default defineConfig({
  plugins: [react(), lateFormats(), viteSingleFile({ removeViteModuleLoader: true }), sealed(), madeUp()],
  base: "./",
  css: {
    modules: {
      // Names of the file and the class: the same bytes on every machine.
      generateScopedName: (name, file) => `${basename(file).split(".")[0]}_${name}`,
    },
  },
  build: { target: "es2022", assetsInlineLimit: 1 << 20, cssMinify: "lightningcss", reportCompressedSize: false },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}"],
    coverage: {
      provider: "v8",
      include: ["src/model/**", "src/codec/**"],
      reporter: ["text"],
      thresholds: { lines: 90, functions: 90, statements: 90, branches: 75 },
    },
  },
});
