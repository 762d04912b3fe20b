import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import * as v from "valibot";
import { askPd, type EmulatedCluster, startEmulated } from "./emulated-cluster.ts";

const Recorded = v.record(
  v.string(),
  v.array(
    v.object({
      request: v.object({ method: v.string(), path: v.string(), body: v.optional(v.unknown()) }),
      status: v.number(),
      reply: v.unknown(),
      note: v.nullish(v.string()),
    }),
  ),
);

/** What the emulated PD takes less strictly than PD does, or does not know: requests that nothing here sends. */
const MEANT: readonly (readonly [note: RegExp, why: string])[] = [
  [/bad key|bad value|number as value|^number/, "formats of labels are not checked"],
  [/^config: |config route/, "evicting only a range, or by another route, is nothing that is sent"],
  [/^labels as list$/, "limits by label are nothing that is sent"],
  [/not json|as a list|^object$|^list$/i, "words of Go's JSON decoder are approximate"],
];

/** Recordings whose requests are about this cluster's stores and settings, not about regions of the recorded one. */
const FILES = ["store_weight", "store_limit", "store_state", "schedulers_evict-leader", "config"];

const recorded = v.parse(
  Recorded,
  JSON.parse(readFileSync(`${import.meta.dir}/../../fixtures/tikv/recorded-actions.json`, "utf8")),
);

let cluster: EmulatedCluster;

beforeAll(async () => {
  cluster = await startEmulated({ stores: 4 });
});

afterAll(() => cluster[Symbol.asyncDispose]());

describe.each(FILES)("the emulated PD takes and refuses what PD v8.5.7 was recorded to: %s", (file) => {
  test("status by status, in the recorded order", async () => {
    const told: unknown[] = [];
    for (const { request, status, note } of recorded[file] ?? []) {
      const reply = await send(request);
      const isMeant =
        MEANT.some(([pattern]) => pattern.test(note ?? "")) || request.path.endsWith("/stores/limit/scene");
      if (reply.status !== status && !isMeant) told.push({ request, note, recorded: status, emulated: reply.status });
    }

    expect(told).toEqual([]);
  });

  test("word by word where it is done", async () => {
    const told: unknown[] = [];
    for (const { request, status, reply: wanted, note } of recorded[file] ?? []) {
      const reply = await send(request);
      if (status !== 200 || reply.status !== 200 || wanted === null) continue;
      const text = reply.text.trim() === "null" ? null : JSON.parse(reply.text);
      if (text !== wanted && wanted !== "null") told.push({ request, note, recorded: wanted, emulated: text });
    }

    expect(told).toEqual([]);
  });
});

test("labels are merged into what a store has", async () => {
  await send({ method: "POST", path: "/pd/api/v1/store/4/label", body: { rack: "r1" } });

  const labels = Object(await askPd(cluster, "/store/4")).store.labels;

  expect(labels).toContainEqual({ key: "rack", value: "r1" });
  expect(labels).toContainEqual({ key: "host", value: "h4" });
});

test("a store is removed: its replicas are moved away, and it is gone for good", async () => {
  const taken = await send({ method: "DELETE", path: "/pd/api/v1/store/6" });
  const until = performance.now() + 60_000;
  let state = "";
  while (state !== "Tombstone" && performance.now() < until) {
    await Bun.sleep(200);
    state = Object(await askPd(cluster, "/stores?state=2")).stores[0]?.store.state_name ?? "";
  }
  const refused = await send({ method: "DELETE", path: "/pd/api/v1/store/5" });

  expect(taken.text).toContain("The store is set as Offline.");
  expect(state).toBe("Tombstone");
  expect([refused.status, refused.text]).toEqual([400, expect.stringContaining("ErrStoresNotEnough")]);
}, 90_000);

test.each([
  "/scheduler-config/evict-leader-scheduler/list",
  "/regions/check/hist-size",
  "/regions/store/4",
  "/hotspot/stores",
  "/min-resolved-ts",
  "/replication_mode/status",
  "/config/cluster-version",
])("GET %s answers", async (path) => {
  const reply = await fetch(`http://${cluster.pdAddresses[0]}/pd/api/v1${path}`);

  expect([200, 404]).toContain(reply.status);
  expect(reply.headers.get("x-emulated")).toBe("tikv");
});

test.each([
  [{}, 400],
  [{ name: "transfer-leader" }, 400],
  [{ name: "nonsense", region_id: 0 }, 500],
  [{ name: "transfer-leader", region_id: "one" }, 400],
  [{ name: "merge-region" }, 400],
  [{ name: "transfer-leader", region_id: "own" }, 400],
  [{ name: "transfer-leader", region_id: "own", to_store_id: 999 }, 500],
  [{ name: "add-peer", region_id: "own" }, 400],
  [{ name: "add-peer", region_id: "own", store_id: 999 }, 500],
  [{ name: "remove-peer", region_id: "own" }, 400],
  [{ name: "remove-peer", region_id: "own", store_id: 999 }, 500],
  [{ name: "transfer-peer", region_id: "own", to_store_id: 999 }, 400],
  [{ name: "split-region", region_id: "own", policy: "half" }, 400],
  [{ name: "split-region", region_id: "own", policy: "usekey", keys: ["zz"] }, 400],
  [{ name: "merge-region", source_region_id: "own" }, 400],
  [{ name: "merge-region", source_region_id: "own", target_region_id: 999_999 }, 500],
  [{ name: "nonsense", region_id: "own" }, 400],
])("POST /operators refuses %p with %p", async (wanted, status) => {
  const first = Object(await askPd(cluster, "/regions/key?limit=1")).regions[0].id;
  const body = Object.fromEntries(
    Object.entries(wanted).map(([name, value]) => [name, value === "own" ? first : value]),
  );

  const reply = await send({ method: "POST", path: "/pd/api/v1/operators", body });

  expect(reply.status).toBe(status);
});

test.each([
  "/stores/check?state=up",
  "/regions/writeflow?limit=2",
  "/regions/readflow",
  "/regions/writequery",
  "/regions/readquery",
  "/regions/keys",
  "/regions/confver",
  "/regions/version",
  "/regions/check/learner-peer",
  "/regions/check/empty-region",
  "/regions/check/oversized-region",
  "/regions/check/undersized-region",
  "/regions/check/hist-keys",
  "/regions/key?limit=2",
  "/regions",
  "/region/key/t7000",
  "/operators/records",
  "/operators?kind=admin",
  "/schedulers?status=disabled",
])("GET %s is answered as a list, an object, or none", async (path) => {
  const value = await askPd(cluster, path);

  expect(typeof value).toBe("object");
});

test("a store's status port answers as TiKV's: its settings, the truth of a region, and that it knows no other path", async () => {
  const address = cluster.statusAddresses.get(4) ?? "";
  const region = Object(await askPd(cluster, "/regions/store/4")).regions[0].id;
  const paths = ["/config", `/region/${region}`, "/region/999999", "/engine_type", "/nonsense"];

  const replies = await Promise.all(paths.map((path) => fetch(`http://${address}${path}`)));

  expect(replies.map(({ status }) => status)).toEqual([200, 200, 404, 200, 404]);
  expect(Object.keys(Object(await replies[1]?.json()))).toEqual([
    "group_state",
    "raft_status",
    "raft_apply",
    "region_state",
    "bucket_keys",
  ]);
});

async function send({
  method,
  path,
  body,
}: {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}) {
  const text = body === null || body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body);
  const reply = await fetch(`http://${cluster.pdAddresses[0]}${path}`, {
    method,
    ...(text !== undefined && { body: text }),
  });
  return { status: reply.status, text: await reply.text() };
}
