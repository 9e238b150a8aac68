import { deflateRawSync } from "node:zlib";
import { afterEach, expect, test, vi } from "vitest";
import { Made } from "../test/made";
import { bytesOf, fetchBytes, fetchDocument, fetchPage } from "./api";

const made = new Made({ seconds: 5 });
const server = (answer: () => Response): ReturnType<typeof vi.fn> => {
  const fetch = vi.fn(async (_url: string, _init?: RequestInit) => answer());
  vi.stubGlobal("fetch", fetch);
  return fetch;
};

afterEach(() => {
  vi.unstubAllGlobals();
});

test("the page a run was read from is kept until more of the run comes", async () => {
  const page = new Uint8Array(deflateRawSync(made.plain(7)));
  server(() => new Response(page));
  const { model, seq } = await fetchPage("api/v1/page");
  expect(seq).toBe(7);
  expect(bytesOf(model)).toEqual(page);
  model.applyStatus(made.status());
  expect(bytesOf(model)).toBeUndefined();
});

test("a server has a minute to answer", async () => {
  const fetch = server(() => new Response("x"));
  const timeout = vi.spyOn(AbortSignal, "timeout");
  await fetchBytes("api/v1/page");
  expect(timeout).toHaveBeenCalledWith(60_000);
  expect(fetch.mock.calls[0]?.[1]).toMatchObject({ signal: timeout.mock.results[0]?.value });
});

test("an error is what the server says, and no file", async () => {
  server(() => Response.json({ error: "too many are looking on" }, { status: 503 }));
  await expect(fetchBytes("api/v1/page")).rejects.toThrow("too many are looking on");
});

test("the document is asked for again after an error, and then no more", async () => {
  server(() => new Response("", { status: 502 }));
  await expect(fetchDocument()).rejects.toThrow("502");
  const fetch = server(() => new Response("<html>"));
  expect(await fetchDocument()).toBe("<html>");
  expect(await fetchDocument()).toBe("<html>");
  expect(fetch).toHaveBeenCalledTimes(1);
});
