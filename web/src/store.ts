import { useSyncExternalStore } from "react";
import type { RunModel } from "./model/run";

export type Connection =
  | { state: "loading" }
  | { state: "live" }
  | { state: "lost"; retryAt: number; attempt: number }
  | { state: "hidden" }
  | { state: "ended" }
  | { state: "saved" };

export interface Baseline {
  id: string;
  model: RunModel;
}

export interface State {
  source: "embedded" | "live" | "stored";
  model: RunModel | null;
  /** Rises with every change of the model that is to be seen. */
  version: number;
  connection: Connection;
  problem: string;
  baseline: Baseline | null;
  compare: boolean;
  filter: string;
  zoom: [number, number] | null;
  /** Show the last seconds only, 0 all of them. */
  recent: number;
  paused: boolean;
  theme: "light" | "dark";
  log: boolean;
}

type Listener = () => void;

let state: State = {
  source: "live",
  model: null,
  version: 0,
  connection: { state: "loading" },
  problem: "",
  baseline: null,
  compare: true,
  filter: "",
  zoom: null,
  recent: 0,
  paused: false,
  theme: "dark",
  log: true,
};
const listeners = new Set<Listener>();

export const get = (): State => state;

export function set(change: Partial<State>): void {
  state = { ...state, ...change };
  for (const listener of listeners) listener();
}

function subscribe(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The part of the state a component shows; select must return a kept value. */
export const useStore = <T>(select: (s: State) => T): T => useSyncExternalStore(subscribe, () => select(state));
