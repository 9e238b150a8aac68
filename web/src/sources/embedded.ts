import { fromBase64, open } from "../codec/block";
import { RunModel } from "../model/run";

/** Reads a run out of the report itself; null where there is none. */
export async function embedded(id: "loadforge-page" | "loadforge-baseline"): Promise<RunModel | null> {
  const text = document.getElementById(id)?.textContent?.trim();
  if (!text) return null;
  return new RunModel(await open(fromBase64(text)));
}
