import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Server } from "bun";
import * as v from "valibot";
import { requestList } from "../../../src/io/http/http-list.ts";
import { IdText } from "../../../src/io/json.ts";
import { until } from "../../until.ts";

const signal = new AbortController().signal;

let server: Server<undefined>;
let url = "";
let endless = "not asked";

beforeAll(() => {
  server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: answer });
  url = `http://127.0.0.1:${server.port}`;
});
afterAll(() => server.stop(true));

test("requestList() reads up to the byte cap and gives up the rest, or all of a shorter list", async () => {
  const item = v.object({ id: IdText });
  const some = await requestList(
    `${url}/endless`,
    { field: "regions", counted: "count", item },
    { signal, maxBytes: 10_000 },
  );
  const all = await requestList(`${url}/large-list`, { item: v.string() }, { signal });

  expect([some.isWhole, some.count, some.bytes]).toEqual([false, 4_000_000, 10_000]);
  expect(some.items.length).toBeGreaterThan(100);
  expect(some.items[99]).toEqual({ id: "99" });
  expect(all).toEqual({ items: ["10448351294529612345", "a"], isWhole: true, bytes: 26 });
  await until(async () => endless === "cancelled");
});

test("requestList() refuses an answer that is no such list", async () => {
  const reading = requestList(`${url}/json`, { field: "regions", item: v.unknown() }, { signal });

  await expect(reading).rejects.toThrow(
    `Cannot read JSON of GET "${url}/json" at "regions": the answer ends before the end of the list`,
  );
});

function answer(request: Request): Response {
  switch (new URL(request.url).pathname) {
    case "/endless":
      return new Response(endlessList());
    case "/large-list":
      return new Response('[10448351294529612345,"a"]');
    default:
      return Response.json({ state: "up" });
  }
}

function endlessList(): ReadableStream {
  let id = 0;
  endless = "flowing";
  return new ReadableStream({
    pull: (controller) => controller.enqueue(`${id === 0 ? '{"count":4000000,"regions":[' : ","}{"id":${id++}}`),
    cancel: () => {
      endless = "cancelled";
    },
  });
}
