import { csvFiles, resultJson, standaloneReport } from "../model/export";
import type { RunModel } from "../model/run";
import { useStore } from "../store";
import { csv, download, fileName } from "../ui/download";
import { Icon } from "../ui/Icon";
import { Menu } from "../ui/Menu";

const saveCsv = (model: RunModel, which: "timeseries" | "endpoints"): void => {
  const { head, rows } = csvFiles[which](model);
  download(`${fileName(model.run.id, which)}.csv`, csv(head, rows), "text/csv");
};

// The page that is open is the report, once the run is written into it.
async function saveReport(model: RunModel): Promise<void> {
  const [html, page] = await Promise.all([
    fetch(location.href.split(/[?#]/)[0] ?? "./").then((r) => r.text()),
    fetch("api/v1/page", { cache: "no-store" }).then((r) => r.arrayBuffer()),
  ]);
  download(`${fileName(model.run.id, "report")}.html`, standaloneReport(html, new Uint8Array(page)), "text/html");
}

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
        {source !== "embedded" && (
          <button type="button" onClick={() => void saveReport(model)}>
            Report <small>one HTML file</small>
          </button>
        )}
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
      </Menu>
    </span>
  );
}
