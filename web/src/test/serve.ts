// Answers like the dashboard's server, with made-up runs: `npm run dev`, and
// `npm run preview` with the built page.
import type { IncomingMessage, ServerResponse } from "node:http";
import { Made, type Recipe } from "./made";

type Source = "live" | "embedded" | "stored" | "history";

const live = new Made({
  seconds: Number(process.env["SECONDS_BEFORE"] ?? 462),
  planned: Number(process.env["SECONDS_PLANNED"] ?? 720),
  live: true,
  names: Number(process.env["NAMES"] ?? 8),
  rate: process.env["RATE"] === "1",
  workers: Number(process.env["WORKERS"] ?? 1),
  loads: process.env["LOADS"] === "2" ? 2 : 1,
  volume: Number(process.env["VOLUME"] ?? 1),
});

interface Message {
  id: number;
  event: string;
  data: unknown;
}
const log: Message[] = [];
let seq = 100;
const clients = new Set<ServerResponse>();
let running = false;

function tell(event: string, data: unknown): void {
  const message = { id: ++seq, event, data };
  log.push(message);
  for (const c of clients) send(c, message);
}

function send(to: ServerResponse, { id, event, data }: Message): void {
  to.write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}

function run(): void {
  if (running) return;
  running = true;
  setInterval(
    () => {
      if (live.rows.length >= live.total) return;
      tell("row", live.step());
      tell("status", { ...live.status(), dist: live.allPairs() });
    },
    Number(process.env["TICK"] ?? 1000),
  );
}

const page = (recipe: Recipe): Buffer => Buffer.from(new Made(recipe).packed());
const saved = new Map<string, Buffer>();
const once = (key: string, recipe: Recipe): Buffer => {
  const have = saved.get(key) ?? page(recipe);
  saved.set(key, have);
  return have;
};

const recipes: Record<string, Recipe> = {
  report: { seconds: 720 },
  base: { seconds: 720, seed: 7, bad: 0.28 },
  hour: { seconds: 3600, names: 20 },
  many: { seconds: 1800, names: 200 },
  slow: { seconds: 120, volume: 0.02 },
  rate: { seconds: 720, rate: true, workers: 4, loads: 2 },
  gap: { seconds: 300, gap: [100, 130] },
  cut: { seconds: 200, planned: 720, state: "cut" },
};

/** A page of the app as the server, or the report, has it. */
export function html(template: string, source: Source, data = ""): string {
  return template
    .replace(/(name="loadforge-source" content=")[^"]*/, `$1${source}`)
    .replace("<!--loadforge:data-->", () => data);
}

const script = (id: string, bytes: Buffer): string =>
  `<script type="text/plain" id="${id}">${bytes.toString("base64")}</script>`;

function runs(): unknown[] {
  const states = ["passed", "failed", "passed", "interrupted", "passed", "cut"] as const;
  return Array.from({ length: 46 }, (_, i) => {
    const test = ["checkout-flow", "search", "login-burst"][i % 3] as string;
    const wave = Math.sin(i / 3);
    const state = i === 0 ? "live" : states[i % states.length];
    return {
      id:
        i === 0
          ? "live"
          : i === 1
            ? "report"
            : i === 2
              ? "base"
              : `20261${String(123 - i).padStart(3, "0")}-101500_${test}_${(i * 7919).toString(16)}`,
      test,
      started: new Date(Date.UTC(2026, 10, 23, 10, 15) - i * 7.3e6).toISOString(),
      duration_s: 720,
      state,
      verdict: i % 7 === 3 ? "degraded" : "valid",
      requests: 3_700_000 - i * 20_000,
      requests_per_s: 5200 + wave * 300 - i * 4,
      error_rate: state === "failed" ? 0.014 : 0.0006,
      p50_ms: 28 + wave,
      p95_ms: 90 + wave * 12 + (state === "failed" ? 210 : 0),
      p99_ms: i % 5 === 2 ? null : 180 + wave * 30,
      target: "https://staging-eu.shop.example",
      pattern: "ramp 50 -> 800, hold 800, spike 1250",
    };
  });
}

/** Whether an address is the app itself and not what it reads. */
export const isPage = (url: string): boolean =>
  /^\/($|\?|index|history|runs|report)/.test(url) && !url.includes("/api/");

/** Handles a request, or says that it is not one of these. */
export function handle(req: IncomingMessage, res: ServerResponse, template: () => string): boolean {
  const url = new URL(req.url ?? "/", "http://localhost");
  const path = url.pathname.replace(/^\/runs\/live\//, "/").replace(/^\/live\//, "/");
  const reply = (body: string | Buffer, type: string, status = 200): true => {
    res.writeHead(status, { "Content-Type": type });
    res.end(body);
    return true;
  };
  const asHtml = (source: Source, data = ""): true => reply(html(template(), source, data), "text/html");
  const stored = /^\/runs\/([a-z]+)\/(.*)$/.exec(path);
  const report = /^\/report-([a-z]+)\.html$/.exec(path);
  if (report) {
    const name = report[1] ?? "report";
    const base = url.searchParams.has("base")
      ? script("loadforge-baseline", once("base", recipes["base"] as Recipe))
      : "";
    return asHtml("embedded", script("loadforge-page", once(name, recipes[name] as Recipe)) + base);
  }
  if (stored) {
    const [, name = "", rest = ""] = stored;
    if (rest === "") return asHtml("stored");
    if (rest === "api/v1/page") return reply(once(name, recipes[name] as Recipe), "application/octet-stream");
    return reply("", "text/plain", 204);
  }
  const chosen = /^\/api\/v1\/runs\/([a-z]+)\/page$/.exec(path);
  if (chosen)
    return reply(
      once(chosen[1] ?? "", recipes[chosen[1] ?? ""] ?? (recipes["base"] as Recipe)),
      "application/octet-stream",
    );
  switch (path) {
    case "/history":
      return asHtml("history");
    case "/":
    case "/index.html":
      return asHtml("live");
    case "/api/v1/page":
      run();
      return reply(Buffer.from(live.packed(seq)), "application/octet-stream");
    case "/api/v1/baseline":
      return process.env["BASELINE"] === "0"
        ? reply("", "text/plain", 204)
        : reply(once("base", recipes["base"] as Recipe), "application/octet-stream");
    case "/api/v1/runs":
      return reply(JSON.stringify({ runs: runs() }), "application/json");
    case "/api/v1/stream": {
      run();
      res.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
      const after = Number(url.searchParams.get("after") ?? seq);
      for (const m of log) if (m.id > after) send(res, m);
      clients.add(res);
      req.on("close", () => clients.delete(res));
      return true;
    }
    case "/api/v1/annotations":
    case "/api/v1/users":
    case "/api/v1/stop":
      req.on("data", (b: Buffer) => {
        const body = JSON.parse(b.toString()) as { text?: string };
        if (body.text) tell("event", { at_s: live.rows.length, kind: "annotation", text: body.text });
      });
      res.writeHead(204);
      res.end();
      return true;
    default:
      return false;
  }
}
