import { useState } from "react";
import { Dialog } from "../ui/Dialog";
import { clock, count, digits } from "../ui/format";
import { Pager } from "../ui/Pager";
import ui from "../ui/ui.module.css";
import { type ChartTable, saveCsv } from "./export";

interface DataTableProps {
  title: string;
  name: string;
  table: ChartTable;
  time: boolean;
  onClose: () => void;
}

const PAGE = 100;

/** The numbers behind a chart. */
export function DataTable({ title, name, table, time, onClose }: DataTableProps) {
  const [page, setPage] = useState(0);
  const rows = table.rows.slice(page * PAGE, (page + 1) * PAGE);
  return (
    <Dialog title={`${title}: data`} width={860} onClose={onClose}>
      <div className={ui["tableWrap"]}>
        <table className={ui["table"]}>
          <thead>
            <tr>
              {table.head.map((h) => (
                <th key={h} scope="col">
                  {h}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row[0]}>
                {row.map((v, i) => (
                  <td key={table.head[i]}>
                    {v === null ? "–" : i === 0 && time ? clock(v) : Number.isInteger(v) ? count(v) : digits(v)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Pager page={page} size={PAGE} count={table.rows.length} onPage={setPage}>
        <button type="button" className={`${ui["btn"]} ${ui["small"]}`} onClick={() => saveCsv(name, table)}>
          Save as CSV
        </button>
      </Pager>
    </Dialog>
  );
}
