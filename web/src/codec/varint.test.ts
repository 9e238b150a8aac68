import { expect, test } from "vitest";
import { VarintReader, VarintWriter } from "./varint";

test("numbers come back as they were written", () => {
  const numbers = [0, 1, 127, 128, 300, 2 ** 31, 2 ** 32 + 5, 2 ** 45 + 1];
  const writer = new VarintWriter();
  for (const n of numbers) writer.put(n);
  const reader = new VarintReader(Uint8Array.from(writer.bytes));
  expect(numbers.map(() => reader.next())).toEqual(numbers);
});

test("signed numbers come back as they were written", () => {
  const numbers = [0, -1, 1, -64, 64, -(2 ** 40), 2 ** 40];
  const writer = new VarintWriter();
  for (const n of numbers) writer.signed(n);
  const reader = new VarintReader(Uint8Array.from(writer.bytes));
  expect(numbers.map(() => reader.signed())).toEqual(numbers);
});

test("skip passes over whole numbers", () => {
  const writer = new VarintWriter();
  for (const n of [5, 70_000, 1, 9]) writer.put(n);
  const reader = new VarintReader(Uint8Array.from(writer.bytes));
  reader.skip(3);
  expect(reader.next()).toBe(9);
});

test("skip counts the same from every byte, in every part of memory", () => {
  const writer = new VarintWriter();
  const numbers = Array.from({ length: 60 }, (_, i) => [0, 127, 300, 70_000, 2 ** 40][(i * 7) % 5] as number);
  for (const n of numbers) writer.put(n);
  for (let offset = 0; offset < 4; offset++) {
    const memory = new Uint8Array(offset + writer.bytes.length);
    memory.set(writer.bytes, offset);
    for (let from = 0; from < 5; from++) {
      for (let n = 0; n + from < numbers.length; n++) {
        const reader = new VarintReader(memory.subarray(offset));
        for (let i = 0; i < from; i++) reader.next();
        reader.skip(n);
        expect(reader.next()).toBe(numbers[from + n]);
      }
      const reader = new VarintReader(memory.subarray(offset));
      expect(() => reader.skip(numbers.length + 1)).toThrow("ends too early");
    }
  }
});

test("data that ends too early is an error, not a zero", () => {
  expect(() => new VarintReader(Uint8Array.of(0x80)).next()).toThrow("ends too early");
  expect(() => new VarintReader(Uint8Array.of(1)).skip(2)).toThrow("ends too early");
});
