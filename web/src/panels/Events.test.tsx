import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { read } from "../codec/block";
import { RunModel } from "../model/run";
import { set } from "../store";
import { Made, type Recipe } from "../test/made";
import { Events } from "./Events";

afterEach(cleanup);

const made = (recipe: Recipe): RunModel => new RunModel(read(new Made(recipe).plain()));
const rows = (): (string | null)[] => [...document.querySelectorAll("li")].map((row) => row.textContent);

test("the field for a note takes the focus once", () => {
  const model = made({ seconds: 20, live: true });
  model.status.controls = true;
  act(() => set({ source: "live" }));
  const shown = () => ({ model }) as never;
  const { rerender } = render(<Events shown={shown()} />);
  const button = screen.getByRole("button", { name: "+ Annotate" });
  fireEvent.click(button);
  expect(document.activeElement).toBe(screen.getByRole("textbox", { name: "Annotation" }));
  button.focus();
  rerender(<Events shown={shown()} />);
  expect(document.activeElement).toBe(button);
});

test("the same phases of two loads are told apart", () => {
  const model = made({ seconds: 60, loads: 2 });
  const [first, second] = model.loads;
  if (!first || !second) throw new Error("two loads");
  second.phases = first.phases;
  const { rerender } = render(<Events shown={{ model } as never} />);
  const before = rows();
  const of = (name: string): number => before.filter((row) => row?.includes(`${name}: `)).length;
  expect([of("shoppers"), of("reporting")]).toEqual([3, 3]);
  model.events.push({ at_s: 60, kind: "annotation", text: "Deploy" });
  rerender(<Events shown={{ model } as never} />);
  expect(rows()).toEqual(["1:00Deployannotation", ...before]);
});
