import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Server } from "bun";
import { ActionError, messageOf, ProbeError } from "../../../../src/core/text/errors.ts";
import { NodeClient } from "../../../../src/subjects/ratelimiter/client/node-client.ts";
import { NO_DEMAND } from "../observations.ts";

const signal = new AbortController().signal;
const HEALTH = {
  status: "ok",
  node: 1,
  version: "1.2.3",
  started_at: "2026-01-01T00:00:00.000Z",
  draining: false,
  redis_connected: true,
  degraded_seconds: 0,
};
const ADMISSIONS = { node: 1, redis_time_us: 7_000_000, truncated: false, forgotten: false, demand: NO_DEMAND };

let server: Server<undefined>;
let answer: (request: Request) => Response | Promise<Response>;
const asked: string[] = [];
beforeAll(() => {
  server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      asked.push(request.url);
      return answer(request);
    },
  });
});
afterAll(() => server.stop(true));

/** Where nothing hangs, a busy machine has all the time that it takes. */
function client(token?: string, timeoutMs = 40_000): NodeClient {
  return new NodeClient({ id: "1", address: `127.0.0.1:${server.port}`, drained: false, token, timeoutMs });
}

test("NodeClient reads what is used of each reply", async () => {
  answer = () => Response.json({ ...HEALTH, new_field: [1, 2] });

  expect(await client().health(signal)).toEqual({
    nodeNumber: 1,
    version: "1.2.3",
    startedAtMs: Date.parse(HEALTH.started_at),
    draining: false,
    redisConnected: true,
    degradedSeconds: 0,
  });
});

describe("a reply that is none", () => {
  test.each([
    ["HTML", () => new Response("<html>Welcome</html>", { headers: { "content-type": "text/html" } }), "expected JSON"],
    ["truncated JSON", () => new Response('{"status":"ok","ver'), "expected JSON"],
    ["another form", () => Response.json({ ...HEALTH, draining: "no" }), 'at "draining"'],
    ["a wrong time", () => Response.json({ ...HEALTH, started_at: "yesterday" }), 'at "started_at"'],
    ["nothing", () => new Response(), "the answer is empty"],
    ["a failure", () => Response.json({ error: "x" }, { status: 500 }), "status 500"],
    ["a redirect", () => Response.redirect("http://elsewhere.test/"), "status 302"],
    ["a huge body", () => new Response("x".repeat(11_000_000)), "too large"],
    ["silence", () => new Promise<Response>(() => undefined), "within 200ms"],
  ])("%s is a failed probe that says who was asked and what came", async (what, reply, words) => {
    answer = reply;

    const failure = await client(undefined, what === "silence" ? 200 : undefined)
      .health(signal)
      .catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(ProbeError);
    expect(messageOf(failure)).toContain(`127.0.0.1:${server.port}/health`);
    expect(messageOf(failure)).toContain(words);
  });
});

const SERIES = {
  key: "a",
  algorithm: "gcra",
  limit: 1,
  window_ms: 1000,
  epoch_us: 0,
  bucket_us: 10_000,
  buckets: [[1, 2]],
};

describe("one bad row costs itself alone, and is counted, among", () => {
  const ROWS = [null, 7, [], {}, "row"];
  /** A row may be a list, which `test.each` would take apart. */
  const each = (rows: readonly unknown[]) => test.each([...ROWS, ...rows].map((row) => ({ row })));

  each([
    { ...SERIES, key: 7 },
    { ...SERIES, limit: "many" },
    { ...SERIES, epoch_us: null },
    { ...SERIES, bucket_us: 0 },
    { ...SERIES, buckets: [[1, null]] },
    { ...SERIES, buckets: [[1, 2, 3]] },
    { ...SERIES, buckets: "none" },
  ])("series of admissions: %j", async ({ row }) => {
    answer = () => Response.json({ ...ADMISSIONS, series: [SERIES, row, { ...SERIES, key: "b" }] });

    const { series, unreadable } = await client().admissions(5, [], signal);

    expect(series.map(({ key }) => key)).toEqual(["a", "b"]);
    expect(unreadable).toBe(1);
  });

  each([["a"], [7, "a"], ["a", null]])("keys that were asked for: %j", async ({ row }) => {
    const demand = { seconds: 2, checks: 9, keys: [["a", 5], row, ["b", 4]] };
    answer = () => Response.json({ ...ADMISSIONS, demand, series: [] });

    const page = await client().admissions(5, [], signal);

    expect(page).toMatchObject({
      demand: {
        keys: [
          ["a", 5],
          ["b", 4],
        ],
      },
      unreadable: 1,
    });
  });

  each([
    { id: "2", heartbeat_age_ms: 1, clock: { offset_ms: 1 } },
    { id: 2, heartbeat_age_ms: "1", clock: { offset_ms: 1 } },
    { id: 2, heartbeat_age_ms: 1, clock: { offset_ms: null } },
    { id: 2, heartbeat_age_ms: 1 },
  ])("nodes of the register: %j", async ({ row }) => {
    const good = (id: number) => ({ id, heartbeat_age_ms: 1, clock: { offset_ms: 5 } });
    const missing = { id: 4, heartbeat_age_ms: null, clock: null };
    answer = () => Response.json({ nodes: [good(1), row, good(3), missing], unreadable: 2 });

    const { rows, unreadable } = await client().register(signal);

    expect(rows.map(({ id }) => id)).toEqual(["1", "3"]);
    expect(unreadable).toBe(3);
  });

  each([
    { key: "ann", limit: "5", window_ms: null },
    { key: 7, limit: 5, window_ms: null },
  ])("limits, of which the one wanted may be it: %j", async ({ row }) => {
    answer = () => Response.json({ limits: [row, { key: "ann", limit: 5, window_ms: null }] });

    expect(await client().limit("ann", signal)).toMatchObject({ limit: 5 });
    await expect(client().limit("ben", signal)).rejects.toThrow(ProbeError);
  });

  each([{ key: 7 }])("blocks, of which the one wanted may be it: %j", async ({ row }) => {
    answer = () => Response.json({ blocked: [row, { key: "ann" }] });

    expect(await client().isBlocked("ann", signal)).toBe(true);
    await expect(client().isBlocked("ben", signal)).rejects.toThrow(ProbeError);
  });
});

test("admissions() asks for many keys in several questions, and counts none of them twice", async () => {
  const keys = Array.from({ length: 40 }, (_, index) => `${index}${"ä".repeat(40)}`);
  const last = keys.at(-1) ?? "";
  answer = ({ url }) => {
    const { searchParams } = new URL(url);
    const shown = searchParams.getAll("key").concat(searchParams.get("limit") === "5" ? [last] : []);
    const series = { algorithm: "gcra", limit: 1, window_ms: 1000, epoch_us: 0, bucket_us: 10_000, buckets: [[1, 2]] };
    return Response.json({ ...ADMISSIONS, series: shown.map((key) => ({ key, ...series })) });
  };
  asked.length = 0;

  const { series } = await client().admissions(5, keys, signal);

  expect(asked.length).toBeGreaterThan(1);
  expect(Math.max(...asked.map((url) => url.length))).toBeLessThan(5000);
  expect(series.map(({ key }) => key).toSorted()).toEqual(keys.toSorted());
});

test("limit() takes the key itself, not one that begins with it", async () => {
  answer = () => Response.json({ limits: [{ key: "ann-2", limit: 5, window_ms: null }], cursor: "" });
  expect(await client().limit("ann", signal)).toBeUndefined();

  answer = () => Response.json({ limits: [{ key: "ann", limit: 5, window_ms: null }], cursor: "" });
  expect(await client().limit("ann", signal)).toEqual({ key: "ann", limit: 5, windowMs: undefined });
});

test("change() sends the token, and says what the node refused", async () => {
  answer = ({ headers }) =>
    headers.get("authorization") === "Bearer s3cret"
      ? Response.json({})
      : Response.json({ error: { message: "Cannot change without a token" } }, { status: 401 });

  await client("s3cret").change({ method: "PUT", path: "/api/blocks/a" }, signal);
  const refused = client().change({ method: "PUT", path: "/api/blocks/a" }, signal);

  await expect(refused).rejects.toThrow(ActionError);
  await expect(refused).rejects.toThrow("Cannot change without a token");
});
