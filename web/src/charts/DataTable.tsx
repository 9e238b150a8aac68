import { Dialog } from "../ui/Dialog";
import { clock, count, digits } from "../ui/format";
import { Pager, usePage } from "../ui/Pager";
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
  const { rows, pager } = usePage(table.rows, PAGE);
  return (
    <Dialog title={`${title}: data`} width={860} onClose={onClose}>
      <div className={ui["tableWrap"]}>
        <table className={ui["table"]}>
          <thead>
            <tr>
              {table.head.map((h, i) => (
                <th key={i} scope="col">
                  {h}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, r) => (
              <tr key={r}>
                {row.map((v, i) => (
                  <td key={i}>
                    {v === null ? "–" : i === 0 && time ? clock(v) : Number.isInteger(v) ? count(v) : digits(v)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Pager {...pager}>
        <button type="button" className={`${ui["btn"]} ${ui["small"]}`} onClick={() => saveCsv(name, table)}>
          Save as CSV
        </button>
      </Pager>
    </Dialog>
  );
}
