import { cleanup, render } from "@testing-library/react";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { read } from "../codec/block";
import { endpoints } from "../model/endpoints";
import { RunModel } from "../model/run";
import { Made } from "../test/made";
import { EndpointRow } from "./EndpointRow";

vi.mock("../charts/Sparkline", () => ({ Sparkline: () => null }));

const model = new RunModel(read(new Made({ seconds: 60, live: true }).plain()));

beforeAll(() => {
  for (const t of model.status.names) Object.assign(t.response_ms, { p95: 300, p99: 500 });
});
afterEach(cleanup);

/** The p95 of a row as it is shown and read out, under a rule. */
function p95(op: string, limit: number): { tone: string | undefined; text: string; sign: string | null | undefined } {
  model.status.thresholds = model.status.thresholds.slice(0, 1).map((t) => ({ ...t, metric: "p95", op, limit }));
  const [endpoint] = endpoints(model, null);
  if (!endpoint) throw new Error("no endpoint");
  render(
    <table>
      <tbody>
        <EndpointRow
          endpoint={endpoint}
          shown={{ model, version: 1, base: null } as never}
          busiest={1}
          columns={9}
          open={false}
          onFlip={() => {}}
        />
      </tbody>
    </table>,
  );
  const cell = document.querySelector<HTMLElement>("td:nth-child(5) [data-tone]");
  const found = {
    tone: cell?.dataset["tone"],
    text: cell?.textContent?.replaceAll("\u00a0", " ") ?? "",
    sign: cell?.querySelector("[role=img]")?.getAttribute("aria-label")?.replaceAll("\u00a0", " "),
  };
  cleanup();
  return found;
}

test("a latency past its limit has a sign, and says which", () => {
  expect(p95("<", 200)).toEqual({ tone: "bad", text: "✕ 300 ms", sign: "past the limit of 200 ms:" });
  expect(p95("<", 350)).toEqual({ tone: "warn", text: "300 ms", sign: undefined });
});

test("a latency at its limit is past it only where the rule says so", () => {
  expect(p95("<", 300).tone).toBe("bad");
  expect(p95("<=", 300)).toEqual({ tone: "warn", text: "300 ms", sign: undefined });
});
