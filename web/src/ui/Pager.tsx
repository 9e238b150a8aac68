import { type ReactNode, useState } from "react";
import { count } from "./format";
import ui from "./ui.module.css";

interface PagerProps {
  page: number;
  size: number;
  count: number;
  onPage: (page: number) => void;
  children?: ReactNode;
}

const lastOf = (count: number, size: number): number => Math.max(0, Math.ceil(count / size) - 1);

/** The rows of a page of a list, and its pager; a list that becomes shorter is never left behind. */
export function usePage<T>(list: readonly T[], size: number): { rows: readonly T[]; pager: PagerProps } {
  const [wanted, onPage] = useState(0);
  const page = Math.min(wanted, lastOf(list.length, size));
  const rows = list.slice(page * size, (page + 1) * size);
  return { rows, pager: { page, size, count: list.length, onPage } };
}

/** Goes through a long list a page at a time; nothing where one is enough. */
export function Pager({ page, size, count: n, onPage, children }: PagerProps) {
  const last = lastOf(n, size);
  if (last === 0 && !children) return null;
  const button = `${ui["btn"]} ${ui["small"]}`;
  return (
    <div className={ui["pager"]}>
      {children}
      <span className="num" style={{ marginLeft: "auto" }}>
        {n === 0 ? "nothing" : `${count(page * size + 1)}–${count(Math.min(n, (page + 1) * size))} of ${count(n)}`}
      </span>
      {last > 0 && (
        <>
          <button type="button" className={button} disabled={page === 0} onClick={() => onPage(page - 1)}>
            Previous
          </button>
          <button type="button" className={button} disabled={page >= last} onClick={() => onPage(page + 1)}>
            Next
          </button>
        </>
      )}
    </div>
  );
}
