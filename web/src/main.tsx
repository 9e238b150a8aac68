import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/print.css";
import "./measure";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { History } from "./history/History";
import { kind, start } from "./sources/start";
import { startTheme } from "./ui/theme";

startTheme();
const host = document.getElementById("app");
const from = kind();
if (host) createRoot(host).render(from === "history" ? <History /> : <App />);
if (from !== "history") void start(from);
