import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { get, set } from "../store";
import { BaselineMenu } from "./BaselineMenu";

const api = vi.hoisted(() => ({ fetchRun: vi.fn(), fetchRuns: vi.fn() }));
vi.mock("../sources/api", () => api);

afterEach(cleanup);

const alert = (): string | undefined => screen.queryByRole("alert")?.textContent ?? undefined;
const pick = () => act(async () => fireEvent.click(screen.getByRole("button", { name: /^checkout/ })));

test("a run that can't be compared with says so, until the next one is tried", async () => {
  act(() => set({ source: "live", baseline: null }));
  api.fetchRuns.mockResolvedValue([{ id: "a", test: "checkout", started: "2026-11-23T10:15:00Z", state: "passed" }]);
  render(<BaselineMenu />);
  await act(async () => fireEvent.click(screen.getByRole("button", { name: "Choose a run to compare with" })));
  expect(alert()).toBeUndefined();

  api.fetchRun.mockRejectedValueOnce(new Error("its files are gone"));
  await pick();
  expect(alert()).toBe("its files are gone");
  expect(get().baseline).toBeNull();

  let arrive = (_: unknown): void => {};
  api.fetchRun.mockReturnValueOnce(
    new Promise((done) => {
      arrive = done;
    }),
  );
  await pick();
  expect(alert()).toBeUndefined();
  await act(async () => arrive({ run: { started: "2026-11-23T10:15:00Z" } }));
  expect(get().baseline?.id).toBe("a");
  expect(document.querySelector("[data-menu]")).toBeNull();
  expect(screen.getByRole("button", { name: /^vs\. / }).getAttribute("aria-pressed")).toBe("true");
});
