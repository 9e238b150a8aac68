import { useEffect } from "react";
import { resetZoom } from "../charts/view";
import { follow, going } from "../sources/start";
import { get, set } from "../store";
import { toggleTheme } from "./theme";

const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.matches("input, textarea, select") || target.isContentEditable);

/** The keys of the whole page. */
export function useKeys(help: () => void): void {
  useEffect(() => {
    const key = (e: KeyboardEvent): void => {
      if (e.ctrlKey || e.metaKey || e.altKey || document.querySelector("dialog[open]")) return;
      if (typing(e.target)) {
        if (e.key === "Escape") {
          (e.target as HTMLElement).blur();
          if ((e.target as HTMLElement).id === "filter") set({ filter: "" });
        }
        return;
      }
      const press = actions(help)[e.key.length === 1 ? e.key.toLowerCase() : e.key];
      if (!press) return;
      // Space presses the button that has the focus.
      if (e.key === " " && e.target instanceof HTMLElement && e.target.closest("button, a, summary")) return;
      e.preventDefault();
      press();
    };
    document.addEventListener("keydown", key);
    return () => document.removeEventListener("keydown", key);
  }, [help]);
}

function everything(): void {
  resetZoom();
  set({ filter: "" });
}

const actions = (help: () => void): Record<string, (() => void) | undefined> => ({
  t: toggleTheme,
  c: () => get().baseline && set({ compare: !get().compare }),
  "/": () => document.getElementById("filter")?.focus(),
  "?": help,
  Escape: everything,
  " ": going(get()) ? () => follow(get().paused) : undefined,
});
