// @vitest-environment node
import { describe, expect, test } from "vitest";
import { read } from "../codec/block";
import { Made } from "../test/made";
import { headline, isOver, limitOf, ofLimit, stateWord, thresholdOf } from "./health";
import { RunModel } from "./run";
import type { Status, Threshold } from "./schema";

const plain = new Made({ seconds: 20 }).plain();

function model(change: (s: Status) => void): RunModel {
  const m = new RunModel(read(plain));
  for (const t of m.status.thresholds) t.passed = true;
  m.status.passed = true;
  change(m.status);
  return m;
}
const title = (change: (s: Status) => void): string | undefined => headline(model(change))?.title;
const fail = (s: Status, n: number): void => {
  for (const t of s.thresholds.slice(0, n)) t.passed = false;
  s.passed = false;
};

test("a run is over when it finished or was cut, not while it stops", () => {
  const states = ["waiting", "setup", "running", "stopping", "finished", "cut"] as const;
  const over = states.filter((state) => isOver({ ...model(() => {}).status, state }));
  expect(over).toEqual(["finished", "cut"]);
});

describe("the headline", () => {
  test("says what became of the run", () => {
    expect(title(() => {})).toBe("Passed");
    expect(title((s) => fail(s, 1))).toBe("Failed – 1 of 5 thresholds was crossed");
    expect(title((s) => fail(s, 2))).toBe("Failed – 2 of 5 thresholds were crossed");
    expect(
      title((s) => {
        fail(s, 1);
        s.aborted = "p95 < 300ms";
      }),
    ).toContain("the run was ended");
    expect(
      title((s) => {
        s.thresholds = [];
      }),
    ).toBe("Finished");
    expect(
      title((s) => {
        s.interrupted = true;
      }),
    ).toBe("Interrupted – passed so far");
    expect(
      title((s) => {
        s.interrupted = true;
        s.thresholds = [];
      }),
    ).toBe("Interrupted");
    expect(
      title((s) => {
        s.error = "setup: no answer";
      }),
    ).toBe("Failed");
    expect(
      title((s) => {
        s.passed = false;
      }),
    ).toBe("Failed");
    expect(
      title((s) => {
        s.totals.requests = 0;
      }),
    ).toBe("Nothing was requested");
  });

  test("doubts what the generator made itself", () => {
    expect(
      title((s) => {
        s.verdict = { state: "invalid", reasons: ["no processor"] };
      }),
    ).toBe("Measured, but not to be trusted");
    expect(
      title((s) => {
        s.verdict = { state: "degraded", reasons: ["lag"] };
      }),
    ).toBe("Passed, with reservations");
  });

  test("is silent while the run goes on, and knows when it was cut", () => {
    expect(
      headline(
        model((s) => {
          s.state = "running";
        }),
      ),
    ).toBeNull();
    expect(
      title((s) => {
        s.state = "cut";
      }),
    ).toMatch(/^Cut/);
  });
});

test("the state has a word and a tone", () => {
  const word = (change: (s: Status) => void): string => {
    const { word: w, tone } = stateWord(model(change).status);
    return `${w} ${tone}`;
  };
  const states: [Status["state"], string][] = [
    ["waiting", "Waiting none"],
    ["setup", "Setting up none"],
    ["running", "Running good"],
    ["stopping", "Stopping warn"],
    ["cut", "Cut warn"],
    ["finished", "Passed good"],
  ];
  for (const [state, want] of states) {
    expect(
      word((s) => {
        s.state = state;
      }),
    ).toBe(want);
  }
  expect(word((s) => fail(s, 1))).toBe("Failed bad");
  expect(
    word((s) => {
      s.interrupted = true;
    }),
  ).toBe("Interrupted warn");
  expect(
    word((s) => {
      s.thresholds = [];
    }),
  ).toBe("Finished good");
});

describe("the distance to a limit", () => {
  const rule = (op: string, limit: number, value: number | null, unit = "ms", passed = true): Threshold => ({
    rule: "",
    metric: "p95",
    name: "",
    op,
    limit,
    unit,
    value,
    latest: value,
    distance: null,
    window_s: 0,
    at_s: 0,
    passed,
    aborted: false,
  });

  test("is a share of the limit", () => {
    expect(ofLimit(rule("<", 200, 100))).toEqual({ share: 0.5, tone: "good" });
    expect(ofLimit(rule("<", 200, 190))).toEqual({ share: 0.95, tone: "warn" });
    expect(ofLimit(rule("<", 200, 400, "ms", false))).toEqual({ share: 1, tone: "bad" });
    expect(ofLimit(rule(">", 100, 200, "/s")).share).toBe(0.5);
    expect(ofLimit(rule(">", 99, 99.5, "%")).share).toBeCloseTo(0.5);
    expect(ofLimit(rule("<", 0, 0)).share).toBe(0);
    expect(ofLimit(rule(">", 5, 0)).share).toBe(1);
  });

  test("of nothing is nothing", () => {
    expect(ofLimit(rule("<", 200, null, "ms", false))).toEqual({ share: 0, tone: "bad" });
    expect(ofLimit(rule("<", 200, null))).toEqual({ share: 0, tone: "good" });
  });
});

test("a figure's threshold is the one that fails, or the closest", () => {
  const m = model((s) => fail(s, 1));
  expect(thresholdOf(m.status, "p95")?.limit).toBe(300);
  expect(thresholdOf(m.status, "p42")).toBeUndefined();
});

test("a name has its own limit, or that of all requests if it counts", () => {
  const { status } = model((s) => {
    s.thresholds.push({ ...(s.thresholds[0] as Threshold), name: "GET /items", limit: 50 });
  });
  expect(limitOf(status, "p95", "GET /items", true)).toBe(50);
  expect(limitOf(status, "p95", "GET /cart", true)).toBe(300);
  expect(limitOf(status, "p95", "buy something", false)).toBeUndefined();
  expect(limitOf(status, "p42", "GET /cart", true)).toBeUndefined();
});
