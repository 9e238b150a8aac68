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
const soon = new Promise((done) => setTimeout(done, 400));

function show(): void {
  const host = document.getElementById("app");
  const from = kind();
  if (host) createRoot(host).render(from === "history" ? <History /> : <App />);
  if (from !== "history") void start(from);
}

startTheme();
Promise.race([fonts, soon]).then(show, show);
