// Numbers as people read them. What is not known is a dash, never a zero, and
// every number has its unit.

export const DASH = "–";
const NBSP = "\u00a0";
const MINUS = "\u2212";

/** Why a percentile may be missing: shown as the title of its dash. */
export const FEW = "Not shown: fewer than ten values lie above it";

type Maybe = number | null | undefined;
const none = (v: Maybe): v is null | undefined => v === null || v === undefined || !Number.isFinite(v);

// Not with Intl: its tables are tens of milliseconds of the first frame.
function grouped(v: number): string {
  const whole = Math.round(Math.abs(v));
  return (v < 0 && whole > 0 ? "-" : "") + String(whole).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A whole number with separators. */
export const count = (v: Maybe): string => (none(v) ? DASH : grouped(v));

/** About three digits, without an exponent. */
export function digits(v: number): string {
  const size = Math.abs(v);
  if (size >= 100 || size === 0) return grouped(v);
  if (size >= 10) return v.toFixed(1);
  if (size >= 0.995) return v.toFixed(2);
  if (size >= 0.0995) return v.toFixed(2);
  return v.toFixed(3);
}

export interface Quantity {
  value: string;
  unit: string;
}

/** Milliseconds with the unit that suits their size. */
export function latencyParts(ms: Maybe): Quantity {
  if (none(ms)) return { value: DASH, unit: "" };
  if (ms >= 60_000) return { value: clock(ms / 1000), unit: "min" };
  if (ms >= 1000) return { value: (ms / 1000).toFixed(ms >= 10_000 ? 1 : 2), unit: "s" };
  if (ms >= 1) return { value: ms >= 99.95 ? ms.toFixed(0) : ms.toFixed(ms >= 9.995 ? 1 : 2), unit: "ms" };
  return { value: (ms * 1000).toFixed(ms >= 0.1 ? 0 : 1), unit: "µs" };
}

const join = ({ value, unit }: Quantity): string => (unit === "" ? value : `${value}${NBSP}${unit}`);

export const latency = (ms: Maybe): string => join(latencyParts(ms));

/** A rate without its unit: requests a second, users. */
export const rate = (v: Maybe): string => (none(v) ? DASH : v >= 100 || Number.isInteger(v) ? count(v) : digits(v));

export const perSecond = (v: Maybe): string => (none(v) ? DASH : `${rate(v)}/s`);

/** A share in per cent (already times 100). */
export function percent(v: Maybe): string {
  if (none(v)) return DASH;
  if (v === 0 || v === 100) return `${v}${NBSP}%`;
  if (v > 99.9 && v < 100) return `${Math.min(v, 99.999).toFixed(v > 99.99 ? 3 : 2)}${NBSP}%`;
  if (v < 0.001) return `<${NBSP}0.001${NBSP}%`;
  return `${v >= 99.95 ? v.toFixed(2) : digits(v)}${NBSP}%`;
}

const sizes = ["B", "kB", "MB", "GB", "TB"];

export function bytes(v: Maybe): string {
  if (none(v)) return DASH;
  let size = v;
  let i = 0;
  while (Math.abs(size) >= 1000 && i < sizes.length - 1) {
    size /= 1000;
    i++;
  }
  return `${i === 0 ? grouped(size) : digits(size)}${NBSP}${sizes[i]}`;
}

/** Seconds since the start as 0:00 or 0:00:00. */
export function clock(seconds: Maybe): string {
  if (none(seconds)) return DASH;
  const s = Math.max(0, Math.floor(seconds + 1e-6));
  const h = Math.floor(s / 3600);
  return h > 0 ? `${h}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`;
}

/** A length of time in words: 45 s, 12 min, 1 h 30 min. */
export function span(seconds: Maybe): string {
  if (none(seconds)) return DASH;
  if (seconds < 1) return `${Math.round(seconds * 1000)}${NBSP}ms`;
  if (seconds < 120) return `${digits(Math.round(seconds * 10) / 10).replace(/\.0+$/, "")}${NBSP}s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) {
    const rest = Math.round(seconds) % 60;
    return rest === 0 ? `${minutes}${NBSP}min` : `${Math.floor(seconds / 60)}${NBSP}min ${rest}${NBSP}s`;
  }
  const h = Math.floor(minutes / 60);
  return minutes % 60 === 0 ? `${h}${NBSP}h` : `${h}${NBSP}h ${minutes % 60}${NBSP}min`;
}

/** A difference with its sign. */
export const signed = (text: string, v: number): string => (v < 0 ? `${MINUS}${text}` : `+${text}`);

/** How far v is from base, in per cent with a sign. */
export function delta(v: Maybe, base: Maybe): string {
  if (none(v) || none(base) || base === 0) return DASH;
  const d = (v / base - 1) * 100;
  if (Math.abs(d) < 0.05) return `±0.0${NBSP}%`;
  return `${signed(Math.abs(d) >= 1000 ? count(Math.abs(d)) : Math.abs(d).toFixed(1), d)}${NBSP}%`;
}

/** A threshold's number in its own unit. */
export function inUnit(v: Maybe, unit: string): string {
  if (none(v)) return DASH;
  if (unit === "ms") return latency(v);
  if (unit === "%") return percent(v);
  if (unit === "/s") return perSecond(v);
  return rate(v);
}

export const plural = (n: number, thing: string): string => `${count(n)} ${thing}${n === 1 ? "" : "s"}`;

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (n: number): string => String(n).padStart(2, "0");
const dayOf = (date: Date): string => `${date.getDate()} ${months[date.getMonth()]}`;
const timeOf = (date: Date): string => `${two(date.getHours())}:${two(date.getMinutes())}`;

/** A moment in the reader's own time zone. */
export function moment(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  return `${dayOf(date)} ${date.getFullYear()}, ${timeOf(date)}`;
}

/** The same without the year, for buttons. */
export function shortMoment(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  return `${dayOf(date)}, ${timeOf(date)}`;
}

/** How many thousands: 8k, 1.5M, for axes. */
export function short(v: number): string {
  const size = Math.abs(v);
  const trim = (x: number): string => String(Math.round(x * 100) / 100);
  if (size >= 1e9) return `${trim(v / 1e9)}G`;
  if (size >= 1e6) return `${trim(v / 1e6)}M`;
  if (size >= 1e3) return `${trim(v / 1e3)}k`;
  return trim(v);
}

/** Milliseconds on an axis: 10 ms, 1 s. */
export function axisLatency(ms: number): string {
  const trim = (x: number): string => String(Math.round(x * 1000) / 1000);
  if (ms >= 1000) return `${trim(ms / 1000)} s`;
  return ms >= 1 || ms === 0 ? `${trim(ms)} ms` : `${trim(ms * 1000)} µs`;
}
