// What a made-up run was meant to do, and what happened beside it.
import type { Load, RunEvent } from "../model/schema";

/** The users at a share of the run's length. */
export function levelAt(u: number): number {
  if (u < 1 / 6) return 50 + u * 6 * 750;
  if (u < 0.5) return 800;
  if (u < 0.52) return 800 + ((u - 0.5) / 0.02) * 450;
  if (u < 0.75) return 1250;
  return Math.max(50, 1250 - ((u - 0.75) / 0.25) * 1200);
}

export function madeEvents(t: number): RunEvent[] {
  return [
    { at_s: 0, kind: "message", text: "Run started" },
    { at_s: Math.round(t * 0.264), kind: "annotation", text: "Deploy checkout-svc v2.3.1" },
    { at_s: Math.round(t * 0.52), kind: "threshold", text: "p95 < 300ms over 10s: 318 ms", passed: false },
    { at_s: Math.round(t * 0.572), kind: "annotation", text: "HPA scaled checkout 6 → 9 pods" },
    { at_s: Math.round(t * 0.62), kind: "threshold", text: "p95 < 300ms over 10s: 241 ms", passed: true },
  ];
}

/** The loads; k other than 1 makes the first one open. */
export function madeLoads(t: number, k: number, two: boolean): Load[] {
  const phase = (name: string, from: number, to: number, a: number, b: number): Load["phases"][number] => ({
    name,
    start_s: t * from,
    end_s: t * to,
    from: Math.round(a * k),
    to: Math.round(b * k),
  });
  const first: Load = {
    scenario: "shoppers",
    model: k !== 1 ? "rate" : "users",
    pattern: "ramp 50 -> 800, hold 800, spike 1250, ramp down to 50",
    offset_s: 0,
    duration_s: t,
    peak: 1250 * k,
    max_users: k !== 1 ? 5000 : 0,
    phases: [
      phase("ramp", 0, 1 / 6, 50, 800),
      phase("hold", 1 / 6, 0.5, 800, 800),
      phase("spike", 0.5, 0.75, 800, 1250),
      phase("ramp down", 0.75, 1, 1250, 50),
    ],
    curve: Array.from({ length: 121 }, (_, i) => levelAt(i / 120) * k),
  };
  if (!two) return [first];
  return [
    first,
    {
      scenario: "reporting",
      model: "users",
      pattern: "hold 40",
      offset_s: 0,
      duration_s: t,
      peak: 40,
      max_users: 0,
      phases: [{ name: "hold", start_s: 0, end_s: t, from: 40, to: 40 }],
      curve: [40, 40],
    },
  ];
}
