import type uPlot from "uplot";
import { expect, test } from "vitest";
import { handleKey } from "./keyboard";

function pressed(key: string, held: Partial<React.KeyboardEvent> = {}): { own: boolean; at: number | undefined } {
  let at: number | undefined;
  const u = {
    data: [[0, 10, 20, 30, 40]],
    scales: { x: { min: 10, max: 30 } },
    cursor: { idx: 2 },
    valToPos: (v: number) => v,
    setCursor: ({ left }: { left: number }) => {
      at = left;
    },
  } as unknown as uPlot;
  return { own: handleKey(u, { key, ...held } as React.KeyboardEvent, true), at };
}

test("keys move the crosshair within what is shown", () => {
  expect(pressed("ArrowLeft")).toEqual({ own: true, at: 10 });
  expect(pressed("ArrowRight", { shiftKey: true })).toEqual({ own: true, at: 30 });
  expect(pressed("Home")).toEqual({ own: true, at: 10 });
  expect(pressed("a")).toEqual({ own: false, at: undefined });
});

test("what is the browser's is left to it", () => {
  for (const held of [{ ctrlKey: true }, { metaKey: true }, { altKey: true }]) {
    for (const key of ["ArrowLeft", "ArrowRight", "Home", "End", "+", "-", "="]) {
      expect(pressed(key, held), `${Object.keys(held)} ${key}`).toEqual({ own: false, at: undefined });
    }
  }
});
