import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { useState } from "react";
import { afterEach, expect, test, vi } from "vitest";
import { Dialog } from "./Dialog";

afterEach(cleanup);

function Host() {
  const [open, setOpen] = useState(true);
  return open ? (
    <Dialog title="Keys" onClose={() => setOpen(false)}>
      <button type="button" onClick={() => setOpen(false)}>
        Done
      </button>
    </Dialog>
  ) : null;
}

// Only a dialog that is closed gives the focus back, not one that is taken away.
test("it is closed while it is in the page, whatever takes it away", () => {
  const ways: ((dialog: HTMLElement) => void)[] = [
    () => fireEvent.click(screen.getByRole("button", { name: "Close" })),
    () => fireEvent.click(screen.getByRole("button", { name: "Done" })),
    (dialog) => fireEvent.click(dialog),
    cleanup,
  ];
  for (const leave of ways) {
    render(<Host />);
    const dialog = document.querySelector("dialog") as HTMLDialogElement;
    const inPage: boolean[] = [];
    vi.spyOn(dialog, "close").mockImplementation(() => inPage.push(dialog.isConnected));
    leave(dialog);
    expect(document.querySelector("dialog")).toBeNull();
    expect(inPage).toEqual([true]);
    cleanup();
  }
});
