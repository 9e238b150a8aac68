import { act, cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { set } from "../store";
import { ConnectionPill } from "./Connection";

afterEach(cleanup);

test("the seconds until the next attempt are not read out one by one", () => {
  act(() => set({ connection: { state: "lost", retryAt: Date.now() + 5000, attempt: 1 } }));
  render(<ConnectionPill />);
  expect(screen.getByText("retry in 5 s").closest("[aria-hidden=true]")).not.toBeNull();
});
