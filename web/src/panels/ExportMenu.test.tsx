import { deflateRawSync } from "node:zlib";
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import type { RunModel } from "../model/run";
import { fetchPage } from "../sources/api";
import { set } from "../store";
import { Made } from "../test/made";
import { ExportMenu } from "./ExportMenu";

const files = vi.hoisted(() => ({ download: vi.fn() }));
vi.mock("../ui/download", async (actual) => ({ ...(await actual<object>()), ...files }));

const packed = (seconds: number): Uint8Array<ArrayBuffer> =>
  new Uint8Array(deflateRawSync(new Made({ seconds }).plain()));
const base64 = (page: Uint8Array): string => Buffer.from(page).toString("base64");
const serve = (answer: (url: string) => Response): void => {
  vi.stubGlobal("fetch", async (url: string) => answer(url));
};
const opened = (page: Uint8Array<ArrayBuffer>): Promise<RunModel> => {
  serve(() => new Response(page));
  return fetchPage("api/v1/page").then(({ model }) => model);
};
const save = (model: RunModel): void => {
  render(<ExportMenu model={model} />);
  fireEvent.click(screen.getByLabelText("Export"));
  fireEvent.click(screen.getByText("Report"));
};

afterEach(() => {
  cleanup();
  files.download.mockClear();
  vi.unstubAllGlobals();
  set({ baseline: null });
});

test("a report that can't be made says why, and is no file", async () => {
  const model = await opened(packed(5));
  serve(() => {
    throw new TypeError("Failed to fetch");
  });
  save(model);
  expect((await screen.findByRole("alert")).textContent).toContain("No answer from LoadForge");
  cleanup();
  serve(() => Response.json({ error: "the token is missing" }, { status: 401 }));
  save(model);
  expect((await screen.findByRole("alert")).textContent).toBe("the token is missing");
  expect(files.download).not.toHaveBeenCalled();
});

test("a report has the run and what it is compared with, also when the server has gone", async () => {
  const [run, before] = [packed(5), packed(3)];
  const model = await opened(run);
  set({ baseline: { id: "before", model: await opened(before) }, compare: true });
  const asked: string[] = [];
  serve((url) => {
    asked.push(url);
    return new Response('<meta name="loadforge-source" content="live" /></body>');
  });
  save(model);
  await waitFor(() => expect(files.download).toHaveBeenCalledTimes(1));
  const [name, html] = files.download.mock.calls[0] as [string, string];
  expect(name).toMatch(/-report\.html$/);
  expect(html).toContain(`id="loadforge-page">${base64(run)}<`);
  expect(html).toContain(`id="loadforge-baseline">${base64(before)}<`);
  expect(asked).not.toContain("api/v1/page");
  await waitFor(() => expect(screen.queryByText("Report")).toBeNull());
});
