import { fromBase64, open } from "../codec/block";
import { RunModel } from "../model/run";

type Id = "loadforge-page" | "loadforge-baseline";

/** Reads a run out of the report itself; null where there is none. */
export async function embedded(id: Id): Promise<RunModel | null> {
  const text = document.getElementById(id)?.textContent?.trim();
  if (!text) return null;
  return new RunModel(await open(fromBase64(text)));
}

/** The document of the app with runs written into it, as Go writes report.html. */
export function embed(html: string, runs: Partial<Record<Id, Uint8Array>>): string {
  const data = Object.entries(runs)
    .map(([id, page]) => `<script type="text/plain" id="${id}">${toBase64(page)}</script>\n`)
    .join("");
  // The last one: the app's own text may have one, too.
  const end = html.lastIndexOf("</body>");
  return (html.slice(0, end) + data + html.slice(end)).replace(
    /(name="loadforge-source" content=")[^"]*"/,
    '$1embedded"',
  );
}

function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let i = 0; i < bytes.length; i += 0x8000) binary += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(binary);
}
