import { Dialog } from "../ui/Dialog";
import css from "./panels.module.css";

const keys: [string[], string][] = [
  [["T"], "light or dark"],
  [["C"], "comparison with the baseline on or off"],
  [["/"], "filter endpoints; all charts follow"],
  [["Esc"], "whole run again, filter cleared"],
  [["←", "→"], "crosshair of a focused chart; with Shift ten steps"],
  [["Home", "End"], "to the ends of what is shown"],
  [["+", "−"], "zoom around the crosshair"],
  [["Space"], "pause and follow a live run"],
  [["?"], "this list"],
];

export function Help({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl className={css["keys"]}>
        {keys.map(([names, text]) => (
          <div key={text} style={{ display: "contents" }}>
            <dt>
              {names.map((k) => (
                <kbd key={k} className={css["key"]}>
                  {k}
                </kbd>
              ))}
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
        <div style={{ display: "contents" }}>
          <dt>Drag</dt>
          <dd>zooms all charts; double-click shows everything. On a touch screen use two fingers.</dd>
        </div>
      </dl>
    </Dialog>
  );
}
