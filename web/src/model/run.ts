import type { Block } from "../codec/block";
import type { Cells } from "./cells";
import { Column, isOptional } from "./column";
import { Histogram } from "./histogram";
import {
  type Axis,
  type Load,
  type Name,
  type PageHead,
  type Row,
  type Run,
  type RunEvent,
  type Status,
  tidyStatus,
} from "./schema";

/**
 * A run as the app holds it: what the page said, and every row, status and
 * event since. It changes in place; `version` tells that it did.
 */
export class RunModel {
  readonly run: Run;
  readonly loads: Load[];
  readonly axis: Axis;
  readonly names: Name[];
  readonly events: RunEvent[];
  status: Status;
  version = 0;
  /** Names that count: requests of the main stage. */
  main: number[] = [];
  private readonly columns: Map<string, Column>;
  private readonly cells: Cells;
  private readonly pageBuckets: number;
  private readonly readDistribution: (name: number) => Histogram;
  private liveDistribution: Histogram | null = null;
  private pageDistribution: { key: string; histogram: Histogram } | null = null;
  private moved = false;
  private xs: number[] = [];
  private classCache: { size: number; list: string[] } = { size: -1, list: [] };

  constructor(block: Block) {
    const head: PageHead = block.head;
    this.run = head.run;
    this.loads = head.loads;
    this.axis = { ...head.buckets };
    this.names = head.names;
    this.events = head.events;
    this.status = head.status;
    this.columns = block.columns;
    this.cells = block.cells;
    this.pageBuckets = head.buckets.count;
    this.readDistribution = block.distribution;
    this.findMain();
  }

  get width(): number {
    return this.axis.width_s;
  }

  /** Seconds a cell is long. */
  get cellWidth(): number {
    return this.cells.span * this.axis.width_s;
  }

  /**
   * The first cell behind the warm-up, which ends with a whole second. A cell in
   * which it ends counts as behind it if most of the cell is.
   */
  private get warmCell(): number {
    return Math.round(Math.ceil(this.run.warmup_s) / this.cellWidth);
  }

  /** Where the data ends, in seconds since the start. */
  get end(): number {
    return Math.max(this.axis.count * this.axis.width_s, 1);
  }

  /** Start times of the buckets. */
  times(): number[] {
    for (let i = this.xs.length; i < this.axis.count; i++) this.xs.push(i * this.axis.width_s);
    return this.xs;
  }

  /** A column, one value a bucket, or null where the page has none. */
  column(id: string): Float64Array | null {
    return this.columns.get(id)?.values(this.axis.count) ?? null;
  }

  /** Error classes of a column prefix ("t.c." or "n.3.c."), sorted. */
  classes(prefix: string): string[] {
    if (this.classCache.size !== this.columns.size) {
      const list = [...this.columns.keys()].filter((id) => id.includes(".c."));
      this.classCache = { size: this.columns.size, list };
    }
    return this.classCache.list
      .filter((id) => id.startsWith(prefix))
      .map((id) => id.slice(prefix.length))
      .sort();
  }

  /** Histograms of the coarse steps, summed over names. */
  heat(names: number[], keep = true): Histogram[] {
    return this.cells.sum(names, keep);
  }

  /**
   * The distribution of names over the whole run. Exact from the page, and for
   * all requests while the stream says it; else the sum of the cells. None of
   * them has the warm-up.
   */
  distribution(names: number[], all: boolean): { histogram: Histogram; exact: boolean } {
    if (all && this.liveDistribution) return { histogram: this.liveDistribution, exact: true };
    if (this.moved) {
      const histogram = new Histogram(8);
      for (const step of this.cells.sum(names).slice(this.warmCell)) histogram.merge(step);
      return { histogram, exact: false };
    }
    const key = names.join();
    if (this.pageDistribution?.key !== key) {
      const histogram = new Histogram(1);
      for (const name of names) histogram.merge(this.readDistribution(name));
      this.pageDistribution = { key, histogram };
    }
    return { histogram: this.pageDistribution.histogram, exact: true };
  }

  applyRow(row: Row): void {
    this.version++;
    this.moved = true;
    if (row.names.length > 0) {
      this.names.push(...row.names);
      this.findMain();
    }
    const again = row.b < this.axis.count;
    if (row.heat) {
      this.cells.apply(row.b, row.heat, (name) => {
        if (row.b >= this.pageBuckets) return 0;
        return this.column(`n.${name}.requests`)?.[row.b] ?? 0;
      });
    }
    // What a row leaves out is 0, also where an earlier one said otherwise.
    if (again) for (const [id, column] of this.columns) if (!(id in row.v)) column.set(row.b, null);
    this.axis.count = Math.max(this.axis.count, row.b + 1);
    for (const [id, value] of Object.entries(row.v)) {
      let column = this.columns.get(id);
      if (!column) {
        column = new Column(isOptional(id));
        this.columns.set(id, column);
      }
      column.set(row.b, value);
    }
  }

  applyStatus(raw: unknown): void {
    this.version++;
    this.status = tidyStatus(raw, this.status.names);
    const pairs = (raw as { dist?: number[] | null }).dist;
    if (pairs) {
      this.liveDistribution = new Histogram(1);
      this.liveDistribution.addPairs(pairs);
    }
  }

  applyEvent(event: RunEvent): void {
    this.version++;
    this.events.push(event);
  }

  /** How many buckets have data. */
  rows(): number {
    const seconds = this.column("t.seconds");
    if (!seconds) return 0;
    let n = 0;
    for (const s of seconds) if (s > 0) n++;
    return n;
  }

  private findMain(): void {
    this.main = [];
    this.names.forEach((n, i) => {
      if (n.kind === "request" && n.stage === "main") this.main.push(i);
    });
  }
}
