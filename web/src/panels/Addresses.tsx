import type { Address } from "../model/schema";
import { count, percent } from "../ui/format";
import ui from "../ui/ui.module.css";

/** Where the names of hosts led to; nothing where all were given as addresses. */
export function Addresses({ list }: { list: Address[] }) {
  if (list.every((a) => a.name === a.address)) return null;
  const all = list.reduce((n, a) => n + a.connections, 0);
  return (
    <div className={ui["tableWrap"]}>
      <table className={ui["table"]} aria-label="Addresses" data-testid="addresses">
        <thead>
          <tr>
            <th scope="col">Host</th>
            <th scope="col">Address</th>
            <th scope="col">Connections</th>
            <th scope="col">Share</th>
          </tr>
        </thead>
        <tbody>
          {list.map((a) => (
            <tr key={`${a.name} ${a.address}`}>
              <td>{a.name}</td>
              <td>{a.address || "–"}</td>
              <td>{count(a.connections)}</td>
              <td>{percent((100 * a.connections) / all)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
