import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/print.css";
import "./measure";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { History } from "./history/History";
import { kind, start } from "./sources/start";
import { startTheme } from "./ui/theme";

// Canvases don't wait for a font: charts would have another one until they are
// drawn again.
const fonts = Promise.all(['11px "Inter Variable"', '600 11px "Inter Variable"'].map((f) => document.fonts.load(f)));
const patience = new Promise((done) => setTimeout(done, 400));
const inTime = (what: Promise<unknown> | undefined): Promise<unknown> => Promise.race([what, patience]);

const from = kind();

function show(): void {
  const host = document.getElementById("app");
  if (host) createRoot(host).render(from === "history" ? <History /> : <App />);
}

startTheme();
const opened = from === "history" ? undefined : start(from);
// A report has nothing to show before its run is open.
Promise.all([inTime(fonts), from === "embedded" ? opened : inTime(opened)]).then(show, show);
