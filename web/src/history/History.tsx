import { useEffect, useMemo, useState } from "react";
import { arrangeRuns, byTest, comparison, type RunSort, runUrl } from "../model/history";
import type { RunSummary } from "../model/schema";
import { fetchRuns } from "../sources/api";
import app from "../styles/app.module.css";
import { plural } from "../ui/format";
import { Logo, ThemeIcon } from "../ui/Icon";
import { toggleTheme } from "../ui/theme";
import ui from "../ui/ui.module.css";
import css from "./history.module.css";
import { RunsTable } from "./RunsTable";
import { TestTrend } from "./TestTrend";

// While a run goes on, and when a new one begins, the list changes.
const AGAIN = 5000;

/** Reads the list of runs, and again while the page is seen. */
function useRuns(): { runs: RunSummary[] | null; problem: string } {
  const [runs, setRuns] = useState<RunSummary[] | null>(null);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    const load = (): void => {
      if (document.hidden) return;
      fetchRuns("").then(
        (list) => {
          setRuns(list);
          setProblem("");
        },
        (e: unknown) => setProblem(e instanceof Error ? e.message : String(e)),
      );
    };
    load();
    const timer = setInterval(load, AGAIN);
    document.addEventListener("visibilitychange", load);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", load);
    };
  }, []);
  return { runs, problem };
}

/** All runs in the results directory. */
export function History() {
  const { runs, problem } = useRuns();
  const [filter, setFilter] = useState("");
  const [sort, setSort] = useState<{ key: RunSort; up: boolean }>({ key: "started", up: false });
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const found = useMemo(() => arrangeRuns(runs ?? [], filter, sort.key, sort.up), [runs, filter, sort]);
  const tests = useMemo(() => byTest(found), [found]);
  const pair = comparison(runs ?? [], picked);
  const pick = (id: string): void => {
    const next = new Set(picked);
    if (!next.delete(id)) next.add(id);
    // A third one takes the place of the first that was picked.
    setPicked(new Set([...next].slice(-2)));
  };
  return (
    <>
      <header className={css["head"]}>
        <div className={css["bar"]}>
          <Logo />
          <h1>
            Runs
            {runs && <span>{plural(runs.length, "run")}</span>}
          </h1>
          <input
            id="filter"
            className={ui["search"]}
            type="search"
            placeholder="Filter runs…"
            aria-label="Filter runs by test, state, target or pattern"
            value={filter}
            onChange={(e) => setFilter(e.target.value)}
          />
          <button
            type="button"
            className={`${ui["btn"]} ${ui["icon"]}`}
            aria-label="Switch between light and dark"
            title="Theme"
            onClick={toggleTheme}
          >
            <ThemeIcon />
          </button>
        </div>
      </header>
      <main className={app["main"]} data-testid="history">
        {problem && (
          <div className={app["banner"]} data-tone="bad" role="alert">
            The list of runs can't be read: {problem}
          </div>
        )}
        {runs?.length === 0 && <Nothing />}
        <div className={css["tests"]}>
          {tests.map((t) => t.runs.length > 1 && <TestTrend key={t.test} history={t} />)}
        </div>
        {runs && runs.length > 0 && (
          <RunsTable runs={found} sort={sort} onSort={setSort} picked={picked} onPick={pick} filter={filter} />
        )}
        {picked.size > 0 && (
          <div className={css["compare"]} role="status">
            {pair ? "The later run is shown, the earlier one is its baseline." : "Choose one more run to compare."}
            <button type="button" className={ui["btn"]} onClick={() => setPicked(new Set())}>
              Clear
            </button>
            {pair && (
              <a className={`${ui["btn"]} ${ui["on"]}`} href={runUrl(pair.run, pair.baseline)}>
                Compare
              </a>
            )}
          </div>
        )}
      </main>
    </>
  );
}

function Nothing() {
  return (
    <div className={app["screen"]} style={{ minHeight: "60vh" }}>
      <div className={app["box"]}>
        <Logo />
        <h1>No runs yet</h1>
        <p>
          Every run is kept in the results directory, and appears here while it goes on. Start one with “loadforge run”.
        </p>
      </div>
    </div>
  );
}
