import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { DataTable } from "./DataTable";

afterEach(cleanup);

test("rows of one moment are all shown, and leave with their page", () => {
  const rows = Array.from({ length: 130 }, (_, i) => [Math.floor(i / 65), i]);
  const table = { head: ["seconds", "requests", "requests"], rows };
  render(<DataTable title="Heatmap" name="x" table={table} time onClose={() => {}} />);
  const seen = (): (string | null)[] =>
    [...document.querySelectorAll("tbody td:nth-child(2)")].map((c) => c.textContent);
  expect(seen()).toHaveLength(100);
  fireEvent.click(screen.getByText("Next"));
  expect(seen()).toEqual(rows.slice(100).map(([, n]) => String(n)));
});
