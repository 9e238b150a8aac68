import { open } from "../codec/block";
import { RunModel } from "../model/run";
import type { RunSummary } from "../model/schema";

/** Where the server's own API is: runs are pages two folders down. */
export const root = (): string => (/\/runs\/[^/]+\/?$/.test(location.pathname) ? "../../" : "");

export class HttpError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

async function answer(response: Response): Promise<Response> {
  if (response.ok) return response;
  let text = "";
  try {
    text = ((await response.json()) as { error?: string }).error ?? "";
  } catch {
    // Not every answer in between is ours; the status has to do.
  }
  throw new HttpError(response.status, text || `The server answered ${response.status}.`);
}

interface Page {
  model: RunModel;
  seq: number;
}

// The page of a long run on a slow line takes its time, but not for ever.
const PATIENCE = 60_000;

const ask = (url: string): Promise<Response> =>
  fetch(url, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });

const bytesIn = async (response: Response): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await (await answer(response)).arrayBuffer());

const kept = new WeakMap<RunModel, Uint8Array>();

/** The page that a run was read from; undefined once more of the run came. */
export const bytesOf = (model: RunModel): Uint8Array | undefined => (model.version === 0 ? kept.get(model) : undefined);

async function read(response: Response): Promise<Page> {
  const bytes = await bytesIn(response);
  const block = await open(bytes);
  const model = new RunModel(block);
  kept.set(model, bytes);
  return { model, seq: block.head.seq };
}

export const fetchPage = async (url: string): Promise<Page> => read(await ask(url));
export const fetchBytes = async (url: string): Promise<Uint8Array> => bytesIn(await ask(url));

let own: Promise<string> | null = null;

/** The document that is open, as the server sent it. It stays the same: one answer does. */
export function fetchDocument(): Promise<string> {
  own ??= ask(location.href.split(/[?#]/)[0] ?? "./")
    .then(answer)
    .then((response) => response.text());
  own.catch(() => {
    own = null;
  });
  return own;
}

// No content: there is nothing to compare with, and nothing wrong with that.
const NONE = 204;

/** The run to compare with that the server suggests; null where there is none. */
export async function fetchBaseline(): Promise<RunModel | null> {
  try {
    const response = await fetch("api/v1/baseline", { cache: "no-store" });
    return response.status === NONE ? null : (await read(response)).model;
  } catch {
    return null;
  }
}

export const fetchRun = async (id: string): Promise<RunModel> =>
  (await fetchPage(`${root()}api/v1/runs/${encodeURIComponent(id)}/page`)).model;

export async function fetchRuns(base = root()): Promise<RunSummary[]> {
  const response = await answer(await fetch(`${base}api/v1/runs`, { cache: "no-store" }));
  const body = (await response.json()) as { runs?: RunSummary[] | null };
  return body.runs ?? [];
}

// The header makes a form on another site unable to send this.
async function post(path: string, body: unknown): Promise<void> {
  await answer(
    await fetch(`api/v1/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-LoadForge": "1" },
      body: JSON.stringify(body),
    }),
  );
}

export const stopRun = (now: boolean): Promise<void> => post("stop", { now });
export const annotate = (text: string): Promise<void> => post("annotations", { text });
export const setLevel = (load: number, level: number | null): Promise<void> =>
  post("users", level === null ? { load } : { load, level });
