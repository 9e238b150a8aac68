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

async function read(response: Response): Promise<Page> {
  const block = await open(new Uint8Array(await (await answer(response)).arrayBuffer()));
  return { model: new RunModel(block), seq: block.head.seq };
}

export const fetchPage = async (url: string): Promise<Page> => read(await fetch(url, { cache: "no-store" }));

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
