import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { read } from "../codec/block";
import { RunModel } from "../model/run";
import { Made } from "../test/made";
import { PhaseTimeline } from "./PhaseTimeline";

afterEach(cleanup);

test("two loads of a scenario have a line each, and two phases alike are two", () => {
  const model = new RunModel(read(new Made({ seconds: 60, loads: 2 }).plain()));
  const [first, second] = model.loads;
  const [phase] = first?.phases ?? [];
  if (!first || !second || !phase) throw new Error("two loads with phases");
  second.scenario = first.scenario;
  first.phases.push(phase);
  const complain = vi.spyOn(console, "error");
  render(<PhaseTimeline model={model} going />);
  expect(screen.getAllByRole("img")).toHaveLength(2);
  expect(complain, "of keys that are the same").not.toHaveBeenCalled();
});
