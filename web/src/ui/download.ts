/** Hands bytes or text to the browser as a file. */
export function download(name: string, content: BlobPart, type: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

type Cell = string | number | null | undefined;

// A spreadsheet runs what begins like a formula, and names come from the target.
const cell = (v: Cell): string => {
  if (v === null || v === undefined || (typeof v === "number" && !Number.isFinite(v))) return "";
  if (typeof v === "number") return String(Math.round(v * 1e6) / 1e6);
  const safe = /^[=+\-@\t\r]/.test(v) ? `'${v}` : v;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

export const csv = (head: string[], rows: Cell[][]): string =>
  `${[head, ...rows].map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;

/** A name that every file system takes. */
export const fileName = (...parts: string[]): string =>
  parts
    .join("-")
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^-+|-+$/g, "");
