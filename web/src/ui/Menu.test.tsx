import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { Menu } from "./Menu";

afterEach(cleanup);

const trigger = () => screen.getByRole("button", { name: "Things" });
const open = () => document.querySelector("[data-menu]") !== null;

test("the button has the focus when what was picked opens something", () => {
  let focused: Element | null = null;
  render(
    <Menu label="Things" trigger="…">
      <button type="button">One</button>
    </Menu>,
  );
  trigger().addEventListener("focus", () => {
    focused = open() ? document.activeElement : null;
  });
  fireEvent.click(trigger());
  expect(document.activeElement).toBe(screen.getByRole("button", { name: "One" }));
  fireEvent.click(screen.getByRole("button", { name: "One" }));
  expect(open()).toBe(false);
  expect(focused, "before the menu is gone").toBe(trigger());
});

test("what is kept open is closed by what it is given", () => {
  let close = (): void => {};
  render(
    <Menu label="Things" trigger="…">
      {(done) => (
        <button
          type="button"
          data-keep
          onClick={() => {
            close = done;
          }}
        >
          Slow
        </button>
      )}
    </Menu>,
  );
  fireEvent.click(trigger());
  fireEvent.click(screen.getByRole("button", { name: "Slow" }));
  expect(open()).toBe(true);
  fireEvent.keyDown(document, { key: "Escape" });
  expect(document.activeElement).toBe(trigger());
  trigger().blur();
  close();
  expect(document.activeElement, "who has left is not called back").not.toBe(trigger());
});
