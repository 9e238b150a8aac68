import { memo, useDeferredValue, useMemo, useState } from "react";
import type { Shown } from "../charts/context";
import { arrange, endpoints, type SortKey } from "../model/endpoints";
import { isOver } from "../model/health";
import { set, useStore } from "../store";
import { Card } from "../ui/Card";
import { plural } from "../ui/format";
import { Pager, usePage } from "../ui/Pager";
import ui from "../ui/ui.module.css";
import { EndpointRow } from "./EndpointRow";

const PAGE = 100;

const heads: [key: SortKey, text: string, className: string][] = [
  ["name", "Endpoint", ""],
  ["share", "Share", "narrow"],
  ["rate", "Req/s", ""],
  ["p50", "p50", "narrow"],
  ["p95", "p95", ""],
  ["p99", "p99", ""],
  ["max", "Max", "narrow"],
  ["errors", "Errors", ""],
  ["error_rate", "Err %", "narrow"],
];

/** Every name that was requested: sorted, filtered, opened. */
export const Endpoints = memo(function Endpoints({ shown }: { shown: Shown }) {
  const { model, base } = shown;
  const filter = useStore((s) => s.filter);
  const wanted = useDeferredValue(filter);
  const [sort, setSort] = useState<{ key: SortKey; up: boolean }>({ key: "rate", up: false });
  const [open, setOpen] = useState<number | null>(null);
  const all = useMemo(() => endpoints(shown.model, shown.base?.model ?? null), [shown]);
  const found = useMemo(() => arrange(all, wanted, sort.key, sort.up), [all, wanted, sort]);
  const { rows, pager } = usePage(found, PAGE);
  const columns = [...heads, ...(base ? [["change", "Δ p95", "narrow"] as const] : [])];
  const by = (key: SortKey): void => setSort((s) => ({ key, up: s.key === key ? !s.up : key === "name" }));
  const busiest = Math.max(...all.map((e) => e.share), 1e-9);
  return (
    <Card
      title="Endpoints"
      sub={`${filter.trim() === "" ? "" : `${found.length} of `}${plural(model.main.length, "endpoint")} · totals ${isOver(model.status) ? "of the whole run" : "since start"}`}
      testId="endpoints"
      wide
      tools={
        <input
          id="filter"
          className={ui["search"]}
          type="search"
          placeholder="Filter endpoints…  /"
          aria-label="Filter endpoints; charts show what is found"
          value={filter}
          onChange={(e) => set({ filter: e.target.value })}
        />
      }
    >
      <div className={ui["tableWrap"]}>
        <table className={ui["table"]}>
          <caption className="sr">Figures by endpoint, sortable</caption>
          <thead>
            <tr>
              {columns.map(([key, text, cls]) => (
                <th
                  key={key}
                  scope="col"
                  className={ui[cls]}
                  aria-sort={sort.key === key ? (sort.up ? "ascending" : "descending") : undefined}
                >
                  <button type="button" data-print onClick={() => by(key)}>
                    {text}
                    {sort.key === key && (sort.up ? " ↑" : " ↓")}
                  </button>
                </th>
              ))}
              <th scope="col" className={ui["narrow"]}>
                p95 trend
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((e) => (
              <EndpointRow
                key={e.index}
                endpoint={e}
                shown={shown}
                busiest={busiest}
                columns={columns.length + 1}
                open={open === e.index}
                onFlip={() => setOpen(open === e.index ? null : e.index)}
              />
            ))}
          </tbody>
        </table>
      </div>
      {found.length === 0 && (
        <p className={ui["empty"]}>
          {filter ? `No endpoint has “${filter}” in its name.` : "Nothing was requested yet."}
        </p>
      )}
      <Pager {...pager} />
    </Card>
  );
});
