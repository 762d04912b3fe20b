import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Server } from "bun";
import { TikvClient } from "../../../../src/subjects/tikv/client/client.ts";
import { tikv } from "../../../../src/subjects/tikv/mod.ts";
import type { TikvReadings } from "../../../../src/subjects/tikv/observation.ts";
import { regions } from "../../../../src/subjects/tikv/probes/regions.ts";
import { stores } from "../../../../src/subjects/tikv/probes/stores.ts";
import { asList } from "../../../bench/scale/list-stream.ts";

/** Regions of each list that PD has. */
const LONG = 1_000_000;

let pd: Server<undefined>;
let client: TikvClient;
const asked: string[] = [];

beforeAll(() => {
  pd = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: answer });
  const { config } = tikv.configure({ pd: `127.0.0.1:${pd.port}` });
  client = new TikvClient(Object(config));
});

afterAll(() => pd.stop(true));

function answer(request: Request): Response {
  const check = /\/regions\/check\/(?<check>.*)$/.exec(request.url)?.groups?.["check"];
  if (check === undefined) return Response.json({ count: LONG, regions: null });
  asked.push(check);
  if (check !== "miss-peer") return new Response('{"count":0,"regions":[]}');
  const item = JSON.stringify({ id: 7, start_key: "", end_key: "", peers: [{ id: 8, store_id: 1 }] });
  return new Response(asList({ field: "regions", item, count: LONG }, () => undefined));
}

async function read(counted: Readonly<Record<string, number>> | undefined) {
  asked.length = 0;
  const metrics: TikvReadings["metrics"] = { stores: {}, pds: {}, ...(counted && { regions: counted }) };
  return await regions.read(client, {
    signal: AbortSignal.timeout(10_000),
    previous: undefined,
    tracked: new Set(),
    series: async () => [],
    atMs: 0,
    readings: Object({
      members: { failed: "not asked", outcome: "failed", atMs: 0 },
      metrics: { value: metrics, atMs: 0 },
    }),
  });
}

test("the regions probe asks for no list that PD's own metrics call long: it is counted by them", async () => {
  const { checks } = await read({ "miss-peer-region-count": LONG, "down-peer-region-count": 3 });

  expect(asked).toEqual(["down-peer", "pending-peer", "extra-peer", "offline-peer"]);
  expect(checks["miss-peer"]).toEqual({ count: LONG, isListed: false, isWhole: false, first: [] });
  expect(regions.restMs?.({ value: { count: LONG, checks }, elapsedMs: 10 })).toBe(0);
});

test("the regions probe reads the head of a long list where no metric warns of it, and then lets PD rest", async () => {
  const { checks, count } = await read(undefined);

  expect(checks["miss-peer"]).toMatchObject({ count: LONG, isListed: true, isWhole: false });
  expect(checks["miss-peer"].first.length).toBe(20);
  expect(regions.restMs?.({ value: { count, checks }, elapsedMs: 10 })).toBe(600_000);
  expect(regions.restMs?.({ elapsedMs: 4000 })).toBe(60_000);
});

test("the stores probe reads the register of a thousand stores half as often", () => {
  const value = Object(Array.from({ length: 1000 }));

  expect(stores.restMs?.({ value, elapsedMs: 10 })).toBe(20_000);
  expect(stores.restMs?.({ value: value.slice(0, 5), elapsedMs: 10 })).toBe(100);
});
