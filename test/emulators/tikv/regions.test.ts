import { expect, test } from "bun:test";
import { Cluster } from "../../../src/emulators/tikv/pd/cluster.ts";
import { operatorObject, operatorText } from "../../../src/emulators/tikv/pd/operators.ts";
import { leaderPlan } from "../../../src/emulators/tikv/pd/plans.ts";
import { ReplicatedState } from "../../../src/emulators/tikv/pd/replicated-state.ts";
import { hotspotReply, regionsReply } from "../../../src/emulators/tikv/pd/replies.ts";
import type { RegionReport, StoreReport } from "../../../src/emulators/tikv/protocol.ts";

test("a region is listed as hot after three hot heartbeats in a row, and not after one that is none", () => {
  const cluster = clusterOf();
  const hot = { ...report(), writtenBytes: 8e8, writeQueries: 9000 };

  for (const one of [hot, hot]) cluster.hear({ store: store(1), regions: [one] });
  const early = hotRegions(cluster);
  cluster.hear({ store: store(1), regions: [hot] });
  const late = hotRegions(cluster);
  cluster.hear({ store: store(1), regions: [report()] });

  expect([early, late, hotRegions(cluster)]).toEqual([[], [7], []]);
});

test("down and pending replicas are listed with the region that reports them", () => {
  const cluster = clusterOf();

  cluster.hear({ store: store(1), regions: [{ ...report(), down: [{ storeId: 4, seconds: 50.4 }], pending: [5] }] });

  expect(JSON.parse(JSON.stringify(regionsReply(cluster.regions.all())))).toMatchObject({
    regions: [{ down_peers: [{ peer: { store_id: 4 }, down_seconds: 50 }], pending_peers: [{ store_id: 5 }] }],
  });
});

test("a report that is older than what is known changes nothing", () => {
  const cluster = clusterOf();
  cluster.hear({ store: store(1), regions: [{ ...report(), term: 5 }] });

  cluster.hear({ store: store(4), regions: [{ ...report(), term: 4, leaderStoreId: 4 }] });

  expect(cluster.regions.get(7)?.leaderStoreId).toBe(1);
});

test("an operator that takes too long times out, as PD prints it", () => {
  const cluster = clusterOf();
  cluster.hear({ store: store(1), regions: [report()] });
  const region = cluster.regions.get(7);
  if (!region) throw new Error("Cannot find the region");

  cluster.operators.add(
    leaderPlan(region, 4, { name: "admin-transfer-leader", kinds: ["admin", "leader"] }),
    region,
    1e12,
  );
  const running = cluster.operators.running().map(operatorObject);
  cluster.operators.tick(1e12 + 61_000);

  expect(running).toMatchObject([{ desc: "admin-transfer-leader", kind: 257, timeout: "1m0s", status: 1 }]);
  const ended = cluster.operators.of(7);
  expect(ended && [ended.status, operatorText(ended, 1e12 - 5000)]).toEqual([
    "TIMEOUT",
    expect.stringMatching(/createAt:2001-09-09 .* m=\+5\.0+, .*\]\) timeout$/),
  ]);
});

test("what one member has kept makes another one that adopts it know the same", () => {
  const state = new ReplicatedState();
  state.put("a", 1);
  state.put("b", 2);
  state.put("a", null);
  const other = new ReplicatedState();

  other.adopt(state.changesAfter(-1, 10));

  expect([other.get("a"), other.get("b"), other.index]).toEqual([undefined, 2, 3]);
});

function hotRegions(cluster: Cluster): readonly unknown[] {
  const stores: readonly unknown[] = Object.values(Object(hotspotReply(cluster, "write")).as_leader);
  return stores.flatMap((one) => Object(one).statistics.map((peer: unknown) => Object(peer).region_id));
}

function clusterOf(): Cluster {
  const state = new ReplicatedState();
  const cluster = new Cluster({
    state,
    log: () => undefined,
    now: () => 1e12,
    regionCount: 1,
    storeCount: 9,
    maxStoreDownTime: "30m0s",
  });
  cluster.lead();
  return cluster;
}

function store(id: number): StoreReport {
  return {
    id,
    address: `127.0.0.1:${id}`,
    statusAddress: `127.0.0.1:${id + 100}`,
    version: "8.5.7",
    startedAtSeconds: 1,
    capacityBytes: 100,
    availableBytes: 50,
    usedBytes: 50,
    slowScore: 1,
    isBusy: true,
    writeBytesPerSecond: 0,
    readBytesPerSecond: 0,
    writeKeysPerSecond: 0,
    readKeysPerSecond: 0,
    writeQueriesPerSecond: 0,
    readQueriesPerSecond: 0,
    cpuPercent: 0,
  };
}

function report(): RegionReport {
  const peers = [1, 4, 5].map((storeId, index) => ({ id: 8 + index, storeId, isLearner: false }));
  return {
    meta: { id: 7, startKey: "", endKey: "", confVer: 5, version: 1, peers },
    leaderStoreId: 1,
    term: 2,
    down: [],
    pending: [],
    writtenBytes: 0,
    writtenKeys: 0,
    readBytes: 0,
    readKeys: 0,
    writeQueries: 0,
    readQueries: 0,
    intervalSeconds: 60,
    sizeMiB: 48,
    keys: 1,
  };
}
