import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { read } from "../codec/block";
import { RunModel } from "../model/run";
import { tidyStatus } from "../model/schema";
import { Made } from "../test/made";
import { Addresses } from "./Addresses";
import { Plan } from "./Plan";

afterEach(cleanup);

const rows = (): string[][] =>
  [...document.querySelectorAll("tbody tr")].map((tr) => [...tr.children].map((td) => td.textContent ?? ""));

test("addresses are told with their share of all connections", () => {
  render(
    <Addresses
      list={[
        { name: "a.test", address: "10.0.0.1", connections: 3 },
        { name: "a.test", address: "::1", connections: 1 },
        { name: "(other)", address: "", connections: 4 },
      ]}
    />,
  );
  expect(rows()).toEqual([
    ["a.test", "10.0.0.1", "3", "37.5\u00a0%"],
    ["a.test", "::1", "1", "12.5\u00a0%"],
    ["(other)", "–", "4", "50.0\u00a0%"],
  ]);
});

test("there is no table without names", () => {
  for (const list of [[], [{ name: "10.0.0.1", address: "10.0.0.1", connections: 3 }]]) {
    expect(render(<Addresses list={list} />).container.innerHTML).toBe("");
  }
});

test("the name of a host is text", () => {
  const name = `</script><img src=x onerror="alert(1)">`;
  render(<Addresses list={[{ name, address: "<b>10.0.0.1</b>", connections: 1 }]} />);
  expect(rows()).toEqual([[name, "<b>10.0.0.1</b>", "1", "100\u00a0%"]]);
  expect(document.querySelector("img, script, td b")).toBeNull();
});

test("the plan has them, of a status with and without", () => {
  const model = new RunModel(read(new Made({ seconds: 5 }).plain()));
  const { rerender } = render(<Plan shown={{ model } as never} />);
  expect(screen.getByTestId("addresses").textContent).toContain("shop.example203.0.113.7720");
  const { addresses: _, ...old } = model.status;
  model.applyStatus(old as never);
  expect(tidyStatus(old).addresses).toEqual([]);
  rerender(<Plan shown={{ model } as never} />);
  expect(screen.queryByTestId("addresses")).toBeNull();
});
