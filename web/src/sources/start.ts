import { isOver } from "../model/health";
import { get, type State, set } from "../store";
import { fetchBaseline, fetchPage, fetchRun } from "./api";
import { embedded } from "./embedded";
import { LiveSource } from "./live";

let source: LiveSource | null = null;

/** The live run, if this is one. */
export const live = (): LiveSource | null => source;

/** Whether the page is one of a run that goes on, as far as it knows. */
export const going = (s: State): boolean => s.source === "live" && s.connection.state !== "ended";

/** Lets the view go on, or holds it still while data is kept. */
export function follow(on: boolean): void {
  if (on) source?.resume();
  else set({ paused: true });
}

type Kind = "embedded" | "live" | "stored" | "history";

/** Which of the four this page is; the server writes it into the page. */
export function kind(): Kind {
  const content = document.querySelector<HTMLMetaElement>('meta[name="loadforge-source"]')?.content;
  return content === "embedded" || content === "stored" || content === "history" ? content : "live";
}

async function baseline(from: "embedded" | "live" | "stored"): Promise<void> {
  const asked = new URLSearchParams(location.search).get("baseline");
  const model =
    from === "embedded" ? await embedded("loadforge-baseline") : asked ? await fetchRun(asked) : await fetchBaseline();
  if (model) set({ baseline: { id: model.run.id, model } });
}

/** Finds the run and keeps it up to date. */
export async function start(from: "embedded" | "live" | "stored"): Promise<void> {
  set({ source: from });
  // What there is to compare with is no reason not to show the run itself.
  baseline(from).catch((e: unknown) => console.warn("baseline:", e));
  if (from === "live") {
    source = new LiveSource();
    source.start();
    return;
  }
  try {
    const model = from === "embedded" ? await embedded("loadforge-page") : (await fetchPage("api/v1/page")).model;
    if (!model) throw new Error("There is no run in this file.");
    set({ model, version: get().version + 1, connection: { state: "saved" } });
    if (from === "stored") setTimeout(readAgain, AGAIN);
  } catch (error) {
    set({ problem: error instanceof Error ? error.message : String(error) });
  }
}

const AGAIN = 3000;

// A stored run that still goes on has no stream here: it is read again.
async function readAgain(): Promise<void> {
  const { status } = get().model ?? {};
  if (status && isOver(status)) return;
  try {
    if (!document.hidden) set({ model: (await fetchPage("api/v1/page")).model, version: get().version + 1 });
  } catch {
    // The server will be back, or the page is closed.
  }
  setTimeout(readAgain, AGAIN);
}
