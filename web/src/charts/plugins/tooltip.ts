import type uPlot from "uplot";
import { color } from "../../ui/theme";
import type { Reading } from "../spec";
import { isHot } from "../sync";

interface TooltipOptions {
  className: string;
  title: (index: number, u: uPlot) => string;
  read: (index: number, u: uPlot) => Reading[];
  /** Where charts that only follow say their values. */
  aside: () => HTMLElement | null;
}

/** Values at the crosshair: beside it where the pointer is, in the head of the others. */
export function tooltip({ className, title, read, aside }: TooltipOptions): uPlot.Plugin {
  const box = document.createElement("div");
  box.className = className;
  box.hidden = true;
  return {
    hooks: {
      init: (u) => {
        u.over.appendChild(box);
      },
      setCursor: (u) => {
        const i = u.cursor.idx;
        const line = aside();
        const gone = i === null || i === undefined || (u.cursor.left ?? -1) < 0;
        if (gone || !isHot(u)) box.hidden = true;
        if (gone) {
          if (line) line.textContent = "";
          return;
        }
        const readings = read(i, u);
        if (!isHot(u)) {
          if (line) line.textContent = [title(i, u), ...readings.map((r) => `${r.label} ${r.value}`)].join(" · ");
          return;
        }
        if (line) line.textContent = "";
        fill(box, title(i, u), readings);
        place(box, u);
      },
    },
  };
}

// What the target named ends up here: text nodes, nothing else.
function fill(box: HTMLElement, title: string, readings: Reading[]): void {
  const head = document.createElement("b");
  head.textContent = title;
  box.replaceChildren(
    head,
    ...readings.map((r) => {
      const row = document.createElement("div");
      const sign = document.createElement("i");
      if (r.color) sign.style.background = color(r.color);
      const value = document.createElement("span");
      value.textContent = r.value;
      row.append(sign, r.label, value);
      return row;
    }),
  );
}

// Where it is put is left to CSS: asking for a width would lay out the page,
// with what the other charts have just said, in the middle of each move.
function place(box: HTMLElement, u: uPlot): void {
  box.hidden = false;
  const left = u.cursor.left ?? 0;
  const wide = u.bbox.width / devicePixelRatio;
  const at = left < wide / 2 ? `min(${left + 14}px, ${wide}px - 100%)` : `max(-46px, ${left - 14}px - 100%)`;
  box.style.transform = `translate(${at}, 6px)`;
}
