import { useState } from "react";
import { csvFiles, resultJson } from "../model/export";
import type { RunModel } from "../model/run";
import { bytesOf, fetchBytes, fetchDocument, HttpError } from "../sources/api";
import { embed } from "../sources/embedded";
import { get, useStore } from "../store";
import { csv, download, fileName } from "../ui/download";
import { Icon } from "../ui/Icon";
import { Menu } from "../ui/Menu";
import ui from "../ui/ui.module.css";

const saveCsv = (model: RunModel, which: "timeseries" | "endpoints"): void => {
  const { head, rows } = csvFiles[which](model);
  download(`${fileName(model.run.id, which)}.csv`, csv(head, rows), "text/csv");
};

// The page that is open is the report, once the runs it shows are written into it.
async function saveReport(model: RunModel): Promise<void> {
  const { baseline, compare } = get();
  const other = baseline && compare ? bytesOf(baseline.model) : undefined;
  const [html, page] = await Promise.all([fetchDocument(), bytesOf(model) ?? fetchBytes("api/v1/page")]);
  const report = embed(html, { "loadforge-page": page, ...(other && { "loadforge-baseline": other }) });
  download(`${fileName(model.run.id, "report")}.html`, report, "text/html");
}

// The server of a run goes with it.
const reason = (e: unknown): string =>
  e instanceof HttpError
    ? e.message
    : "No answer from LoadForge. The report of a run that is over is where the terminal says.";

export const saveJson = (model: RunModel): void =>
  download(`${fileName(model.run.id, "result")}.json`, resultJson(model), "application/json");
export const saveEndpoints = (model: RunModel): void => saveCsv(model, "endpoints");

/** The run as files. */
export function ExportMenu({ model }: { model: RunModel }) {
  const source = useStore((s) => s.source);
  return (
    <span data-noprint>
      <Menu
        label="Export"
        trigger={
          <>
            <Icon name="download" />
            <span data-word>Export</span>
          </>
        }
      >
        {(close) => (
          <>
            {source !== "embedded" && <Report model={model} close={close} />}
            <button type="button" onClick={() => saveJson(model)}>
              Result <small>JSON</small>
            </button>
            <button type="button" onClick={() => saveCsv(model, "timeseries")}>
              Time series <small>CSV</small>
            </button>
            <button type="button" onClick={() => saveCsv(model, "endpoints")}>
              Endpoints <small>CSV</small>
            </button>
            <hr />
            <button type="button" onClick={() => window.print()}>
              Print <small>or save as PDF</small>
            </button>
          </>
        )}
      </Menu>
    </span>
  );
}

/** The one that may fail: the menu stays open until it is done, or to say why it is not. */
function Report({ model, close }: { model: RunModel; close: () => void }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const save = async (): Promise<void> => {
    setBusy(true);
    setProblem("");
    try {
      await saveReport(model);
      close();
    } catch (e) {
      setProblem(reason(e));
    }
    setBusy(false);
  };
  return (
    <>
      <button type="button" data-keep onClick={() => void save()}>
        Report <small>{busy ? "Loading…" : "one HTML file"}</small>
      </button>
      {problem && (
        <span className={ui["menuLabel"]} role="alert">
          {problem}
        </span>
      )}
    </>
  );
}
