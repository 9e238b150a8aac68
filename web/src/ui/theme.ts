import { get, set } from "../store";

const KEY = "loadforge-theme";

// A report opened from a file may have no storage, and says so by throwing.
function stored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function apply(theme: "light" | "dark"): void {
  document.documentElement.dataset["theme"] = theme;
  palette.clear();
  set({ theme });
}

/** Takes the theme of the address, of last time, or of the system. */
export function startTheme(): void {
  const asked = new URLSearchParams(location.search).get("theme") ?? stored();
  const light = asked === "light" || (asked !== "dark" && matchMedia("(prefers-color-scheme: light)").matches);
  apply(light ? "light" : "dark");
  // Paper is white, whatever the screen is.
  let before = get().theme;
  addEventListener("beforeprint", () => {
    before = get().theme;
    apply("light");
  });
  addEventListener("afterprint", () => apply(before));
}

export function toggleTheme(): void {
  const theme = get().theme === "light" ? "dark" : "light";
  apply(theme);
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Then it is for this time only.
  }
}

const palette = new Map<string, string>();

/** The value of a colour token; canvases can't read custom properties. */
export function color(token: string): string {
  let value = palette.get(token);
  if (value === undefined) {
    value = getComputedStyle(document.documentElement).getPropertyValue(token).trim() || "#888";
    palette.set(token, value);
  }
  return value;
}

/** A colour token with an opacity from 0 to 1. */
export function faded(token: string, alpha: number): string {
  const hex = color(token);
  if (!/^#[0-9a-f]{6}$/i.test(hex)) return hex;
  return (
    hex +
    Math.round(alpha * 255)
      .toString(16)
      .padStart(2, "0")
  );
}

// Names come from the run: a map has no entry of its own accord.
const classColors = new Map(
  Object.entries({
    status_4xx: "--e-4xx",
    status_5xx: "--e-5xx",
    timeout: "--e-timeout",
    connect: "--e-connect",
    dns: "--e-connect",
    tls: "--e-connect",
    reset: "--e-reset",
    protocol: "--e-body",
    body: "--e-body",
    status: "--e-4xx",
    redirect: "--e-4xx",
    task: "--e-task",
    panic: "--e-task",
  }),
);

export const classColor = (name: string): string => classColors.get(name) ?? "--e-other";

const classNames = new Map(
  Object.entries({
    status_4xx: "4xx",
    status_5xx: "5xx",
    timeout: "timeout",
    connect: "connect",
    dns: "DNS",
    tls: "TLS",
    reset: "reset",
    protocol: "protocol",
    body: "body",
    status: "status",
    redirect: "redirect",
    task: "check",
    panic: "panic",
    generator: "generator",
    cancelled: "cancelled",
  }),
);

/** What people call an error class. */
export const className = (name: string): string => classNames.get(name) ?? name;
