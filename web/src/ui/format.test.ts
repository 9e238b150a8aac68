import { describe, expect, test } from "vitest";
import { csv } from "./download";
import {
  bytes,
  clock,
  count,
  delta,
  inUnit,
  latency,
  moment,
  percent,
  perSecond,
  plural,
  rate,
  short,
  shortMoment,
  span,
} from "./format";

const nb = (s: string): string => s.replaceAll("\u00a0", " ");

describe("numbers", () => {
  test("that are not known are a dash", () => {
    for (const show of [latency, count, rate, perSecond, percent, bytes, clock, span]) {
      expect(show(null)).toBe("–");
      expect(show(Number.NaN)).toBe("–");
    }
    expect(delta(1, null)).toBe("–");
    expect(inUnit(null, "ms")).toBe("–");
  });

  test("of latencies have the unit that suits", () => {
    expect([0.0123, 0.5, 1.234, 29.83, 149.2, 1204, 12_345, 75_000].map((v) => nb(latency(v)))).toEqual([
      "12.3 µs",
      "500 µs",
      "1.23 ms",
      "29.8 ms",
      "149 ms",
      "1.20 s",
      "12.3 s",
      "1:15 min",
    ]);
  });

  test("of shares never say 100 for less, or 0 for more", () => {
    expect([0, 0.0004, 0.02, 1.5, 42, 99.96, 99.9961, 99.99999, 100].map((v) => nb(percent(v)))).toEqual([
      "0 %",
      "< 0.001 %",
      "0.020 %",
      "1.50 %",
      "42.0 %",
      "99.96 %",
      "99.996 %",
      "99.999 %",
      "100 %",
    ]);
  });

  test("of other things have theirs", () => {
    expect(nb(bytes(1_234_567))).toBe("1.23 MB");
    expect(nb(bytes(999))).toBe("999 B");
    expect(perSecond(8492.3)).toBe("8,492/s");
    expect(rate(1.5)).toBe("1.50");
    expect(nb(delta(110, 100))).toBe("+10.0 %");
    expect(nb(delta(90, 100))).toBe("−10.0 %");
    expect(nb(delta(100, 100))).toBe("±0.0 %");
    expect(nb(inUnit(300, "ms"))).toBe("300 ms");
    expect(inUnit(5, "/s")).toBe("5/s");
    expect(inUnit(5, "")).toBe("5");
    expect(short(1500)).toBe("1.5k");
    expect(plural(1, "request")).toBe("1 request");
    expect(plural(2000, "request")).toBe("2,000 requests");
  });

  test("have a comma for every thousand", () => {
    expect([0, 999, 1000, 999_999.6, 1_234_567_890, -1234.4, -0.4].map((v) => count(v))).toEqual([
      "0",
      "999",
      "1,000",
      "1,000,000",
      "1,234,567,890",
      "-1,234",
      "0",
    ]);
  });

  test("of moments are those of the reader's clock", () => {
    const at = new Date(2026, 8, 3, 7, 5).toISOString();
    expect(moment(at)).toBe("3 Sep 2026, 07:05");
    expect(shortMoment(at)).toBe("3 Sep, 07:05");
    expect(moment("soon")).toBe("soon");
  });

  test("of time are clocks and spans", () => {
    expect([0, 61, 3661].map((v) => clock(v))).toEqual(["0:00", "1:01", "1:01:01"]);
    expect([0.25, 45, 90.5, 720, 750, 3600, 5400].map((v) => nb(span(v)))).toEqual([
      "250 ms",
      "45 s",
      "90.5 s",
      "12 min",
      "12 min 30 s",
      "1 h",
      "1 h 30 min",
    ]);
  });
});

test("CSV quotes what needs it and never begins a formula", () => {
  expect(
    csv(
      ["a", "b"],
      [
        ["x,y", 'say "hi"'],
        ["=cmd()", null],
        [1 / 3, 2],
      ],
    ),
  ).toBe('a,b\r\n"x,y","say ""hi"""\r\n\'=cmd(),\r\n0.333333,2\r\n');
});
