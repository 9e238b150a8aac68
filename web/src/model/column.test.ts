import { expect, test } from "vitest";
import { VarintWriter } from "../codec/varint";
import { Column, isOptional } from "./column";

const packed = (values: number[], opt: boolean): Column => {
  const writer = new VarintWriter();
  values.forEach((v, i) => {
    writer.signed(v - (values[i - 1] ?? 0));
  });
  return Column.packed(Uint8Array.from(writer.bytes), 0, values.length, opt);
};

test("a packed column is unpacked when it is read", () => {
  expect([...packed([5, 3, 9], false).values(3)]).toEqual([5, 3, 9]);
});

test("in an optional column 0 is no value", () => {
  expect([...packed([1, 0, 8], true).values(3)]).toEqual([0, Number.NaN, 7]);
});

test("what comes before the first reading is not lost", () => {
  const column = packed([1, 2], false);
  column.set(3, 7);
  column.set(0, null);
  expect([...column.values(5)]).toEqual([0, 2, 0, 7, 0]);
});

test("a column that begins late has no value, or 0, before", () => {
  const latency = new Column(true);
  latency.set(2, 4);
  expect([...latency.values(4)]).toEqual([Number.NaN, Number.NaN, 4, Number.NaN]);
  const count = new Column(false);
  for (let i = 100; i < 300; i++) count.set(i, i);
  expect(count.values(300)[299]).toBe(299);
  expect(count.values(300)[0]).toBe(0);
});

test("latencies are optional, counts and gauges are not", () => {
  expect(["t.p50", "n.3.max", "h.lag99", "t.s99", "t.mean"].every(isOptional)).toBe(true);
  expect(["t.requests", "n.3.c.timeout", "h.cpu", "l.0.late"].some(isOptional)).toBe(false);
});
