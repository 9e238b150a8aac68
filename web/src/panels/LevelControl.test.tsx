import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { read } from "../codec/block";
import { RunModel } from "../model/run";
import { set } from "../store";
import { Made } from "../test/made";
import { LevelControl } from "./LevelControl";

afterEach(cleanup);

test("each load has a field with its name, and two that are alike are two", () => {
  const model = new RunModel(read(new Made({ seconds: 10, live: true, loads: 2 }).plain()));
  const [first, second] = model.loads;
  if (!first || !second) throw new Error("two loads");
  Object.assign(second, { scenario: first.scenario, pattern: first.pattern });
  model.status.controls = true;
  model.status.state = "running";
  act(() => set({ source: "live" }));
  const complain = vi.spyOn(console, "error");
  render(<LevelControl model={model} />);
  fireEvent.click(screen.getByRole("button", { name: "Change the level of the load" }));
  expect(screen.getAllByRole("textbox", { name: "shoppers, users" })).toHaveLength(2);
  expect([...document.querySelectorAll("label")].map((l) => l.textContent)).toEqual(Array(2).fill("shoppers, users"));
  expect(complain).not.toHaveBeenCalled();
});
