import { act, renderHook } from "@testing-library/react";
import { expect, test } from "vitest";
import { usePage } from "./Pager";

test("a list that becomes shorter is shown to its end", () => {
  const all = Array.from({ length: 60 }, (_, i) => i);
  const { result, rerender } = renderHook(({ list }) => usePage(list, 25), { initialProps: { list: all } });
  act(() => result.current.pager.onPage(2));
  expect(result.current.rows).toEqual(all.slice(50));
  rerender({ list: all.slice(0, 3) });
  expect(result.current.rows).toEqual([0, 1, 2]);
  expect(result.current.pager.page).toBe(0);
  rerender({ list: [] });
  expect(result.current.rows).toEqual([]);
  rerender({ list: all });
  expect(result.current.rows, "where it was, when the filter is gone").toEqual(all.slice(50));
});
