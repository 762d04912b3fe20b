import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { BoundAction } from "../../../src/core/subject/action.ts";
import type { Session } from "../../../src/core/subject/subject.ts";
import { systemClock } from "../../../src/io/clock.ts";
import { tikv } from "../../../src/subjects/tikv/mod.ts";
import { askPd, type EmulatedCluster, eventually, startEmulated } from "../../emulators/tikv/emulated-cluster.ts";

let cluster: EmulatedCluster;
let session: Session;

const signal = AbortSignal.timeout(120_000);

beforeAll(async () => {
  cluster = await startEmulated({ stores: 4 });
  session = await tikv.configure(cluster.config).open({ clock: systemClock });
});

afterAll(async () => {
  await session[Symbol.asyncDispose]();
  await cluster[Symbol.asyncDispose]();
});

interface RegionShown {
  readonly id: number;
  readonly leader: number;
  readonly stores: readonly number[];
}

/** A region of three replicas, with a store that has none. */
async function region(): Promise<RegionShown & { readonly free: number; readonly follower: number }> {
  const reply = Object(await askPd(cluster, "/regions/size?limit=100"));
  const regions: readonly RegionShown[] = Object(reply).regions.map((one: unknown) => ({
    id: Object(one).id,
    leader: Object(one).leader.store_id,
    stores: Object(one).peers.map((peer: unknown) => Object(peer).store_id),
  }));
  const chosen = regions.find(({ stores, id }) => stores.length === 3 && !used.has(id));
  if (!chosen) throw new Error("Cannot find a region with three replicas");
  used.add(chosen.id);
  const free = [1, 4, 5, 6].find((id) => !chosen.stores.includes(id)) ?? 0;
  const follower = chosen.stores.find((id) => id !== chosen.leader) ?? 0;
  return { ...chosen, free, follower };
}

/** Regions on which an operator ran already. */
const used = new Set<number>();

describe("actions on a cluster: the effect is there, and undo brings back what was", () => {
  test("transfer-leader", async () => {
    const { id, leader, follower } = await region();

    await runAndUndo("transfer-leader", { regionId: id, toStoreId: follower });

    await eventually(async () => Object(await askPd(cluster, `/region/id/${id}`)).leader.store_id === leader);
  });

  test("transfer-peer", async () => {
    const { id, follower, free } = await region();

    await runAndUndo("transfer-peer", { regionId: id, fromStoreId: follower, toStoreId: free });

    await eventually(async () => (await storesOf(id)).includes(follower) && !(await storesOf(id)).includes(free));
  });

  test.each(["transfer-peer", "add-peer"])(
    "%s is undone while PD is still at it, and after it was undone",
    async (id) => {
      const { id: regionId, stores, follower, free } = await region();
      const input =
        id === "add-peer" ? { regionId, storeId: free } : { regionId, fromStoreId: follower, toStoreId: free };
      const { run, undo, postCondition } = actionOf(id);
      await run(input, signal);

      await undo?.(input, { captured: undefined, signal });
      await eventually(async () => new Set(await storesOf(regionId)).symmetricDifference(new Set(stores)).size === 0);
      await eventually(async () => !String(await askPd(cluster, "/operators")).includes(`region:${regionId}(`));

      expect(await undo?.(input, { captured: undefined, signal })).toBe(
        `Region ${regionId} has no replica on store/${free}, as before`,
      );
      expect(await postCondition(input, signal)).toBe(false);
    },
  );

  test("transfer-leader and remove-peer have nothing to undo where nothing has changed", async () => {
    const { id: regionId, leader, follower } = await region();

    const said = [
      await actionOf("transfer-leader").undo?.(
        { regionId, toStoreId: follower },
        { captured: { storeId: leader }, signal },
      ),
      await actionOf("remove-peer").undo?.({ regionId, storeId: follower }, { captured: undefined, signal }),
    ];

    expect(said).toEqual([
      `store/${leader} leads region ${regionId}, as it did`,
      `Region ${regionId} has its replica on store/${follower}, as it had`,
    ]);
  });

  test("remove-peer: PD makes another replica at once", async () => {
    const { id, follower } = await region();

    await run("remove-peer", { regionId: id, storeId: follower });

    await eventually(async () => (await storesOf(id)).length === 3);
  });

  test("add-peer: PD removes what is too many", async () => {
    const { id, free } = await region();

    await run("add-peer", { regionId: id, storeId: free });

    await eventually(async () => (await storesOf(id)).length === 3);
  });

  test("split-region, then merge-region", async () => {
    const { id } = await region();
    const before = Number(Object(await askPd(cluster, "/regions/count")).count);

    await run("split-region", { regionId: id });
    await eventually(async () => Object(await askPd(cluster, "/regions/count")).count === before + 1);
    const border = Object(await askPd(cluster, `/region/id/${id}`)).end_key;
    const half = Object(await askPd(cluster, `/region/key/${border}?format=hex`)).id;
    await run("merge-region", { sourceRegionId: half, targetRegionId: id });

    await eventually(async () => Object(await askPd(cluster, "/regions/count")).count === before);
  });

  test("scatter-region", async () => {
    const { id } = await region();

    await run("scatter-region", { regionId: id });
  });

  test("drain-store: no leader is left, and none comes back before the undo", async () => {
    await runAndUndo("drain-store", { storeId: 5 });

    expect(await askPd(cluster, "/schedulers")).not.toContain("evict-leader-scheduler");
  });

  test("undrain-store", async () => {
    await run("drain-store", { storeId: 4 });

    await run("undrain-store", { storeId: 4 });
  });

  test("set-store-weight", async () => {
    await runAndUndo("set-store-weight", { storeId: 4, leader: 2, region: 0.5 });

    expect(Object(await askPd(cluster, "/store/4")).status.leader_weight).toBe(1);
  });

  test("set-store-limit", async () => {
    await runAndUndo("set-store-limit", { storeId: 4, type: "add-peer", rate: 30 });

    expect(Object(await askPd(cluster, "/stores/limit"))[4]["add-peer"]).toBe(15);
  });

  test("set-schedule-config", async () => {
    await runAndUndo("set-schedule-config", { name: "leader-schedule-limit", value: 8 });

    expect(Object(await askPd(cluster, "/config/schedule"))["leader-schedule-limit"]).toBe(4);
  });

  test("add-scheduler fixes what it was told is missing", async () => {
    await fetchPd("DELETE", "/schedulers/balance-region-scheduler");
    const cause = { mechanism: "configuration-change", component: await clusterComponent() } as const;

    const input = actionOf("add-scheduler").fixes?.(cause);

    expect(input).toEqual({ name: "balance-region-scheduler" });
    await run("add-scheduler", input);
  });

  test("keep-store: PD keeps a store that somebody has told it to remove", async () => {
    await fetchPd("POST", "/store/6/state?state=Offline");

    await runAndUndo("keep-store", { storeId: 6 });
    await eventually(async () => Object(await askPd(cluster, "/store/6")).store.state_name === "Offline");
    await run("keep-store", { storeId: 6 });

    const component = { id: "store/6", kind: "store", state: "up" } as const;
    const fixes = (offline: string): unknown =>
      actionOf("keep-store").fixes?.({
        mechanism: "configuration-change",
        component: { ...component, labels: { offline } },
      });
    expect([fixes("true"), fixes("false")]).toEqual([{ storeId: 6 }, undefined]);
  });

  test("restore-scheduling restores at once everything that keeps PD from scheduling, and nothing else claims to fix it", async () => {
    await fetchPd("POST", "/config", { "schedule.leader-schedule-limit": 0, "schedule.halt-scheduling": "true" });
    await fetchPd("POST", "/schedulers/balance-leader-scheduler", { delay: 300 });
    await fetchPd("POST", "/stores/limit", { rate: 0.01 });
    const cause = { mechanism: "configuration-change", component: await clusterComponent() } as const;
    const input = actionOf("restore-scheduling").fixes?.(cause);

    await runAndUndo("restore-scheduling", input);
    const undone = Object(await askPd(cluster, "/config/schedule"));
    await run("restore-scheduling", input);

    expect(input).toEqual({
      obstacles:
        "halted:halt-scheduling,paused:balance-leader-scheduler,limit:leader-schedule-limit,store-limit:1,store-limit:4,store-limit:5,store-limit:6",
    });
    expect([actionOf("set-schedule-config"), actionOf("add-scheduler")].map(({ fixes }) => fixes?.(cause))).toEqual([
      undefined,
      undefined,
    ]);
    expect([undone["leader-schedule-limit"], undone["halt-scheduling"], undone["store-limit"][4]["add-peer"]]).toEqual([
      0,
      "true",
      0.01,
    ]);
    const restored = Object(await askPd(cluster, "/config/schedule"));
    expect(restored).toMatchObject({ "leader-schedule-limit": 4, "store-limit": { 4: { "add-peer": 15 } } });
    expect(restored).not.toHaveProperty("halt-scheduling");
    expect(await askPd(cluster, "/schedulers?status=paused")).toEqual([]);
  });

  test("cancel-operator refuses where there is none, in PD's words", async () => {
    const { id } = await region();

    expect(actionOf("cancel-operator").preview({ regionId: id }).sends).toBe(`DELETE /pd/api/v1/operators/${id}`);
    await expect(actionOf("cancel-operator").run({ regionId: id }, signal)).rejects.toThrow("operator not found");
  });

  test("an unknown region is refused in PD's words, and nothing is sent for an input of another form", async () => {
    await expect(actionOf("transfer-leader").run({ regionId: 999_999, toStoreId: 1 }, signal)).rejects.toThrow(
      "region 999999 not found",
    );
    expect(() => actionOf("transfer-leader").preview({ regionId: "2", toStoreId: 1 })).toThrow("Cannot use input of");
  });
});

function actionOf(id: string): BoundAction {
  const action = session.actions.get(id);
  if (!action) throw new Error(`Cannot find action ${id}`);
  return action;
}

async function run(id: string, input: unknown): Promise<unknown> {
  const action = actionOf(id);
  const { sends, expectedEffect, entities, stops } = action.preview(input);
  expect(sends).toMatch(/^(POST|DELETE) \/pd\/api\/v1\//);
  expect([expectedEffect === "", entities.length === 0, stops.length]).toEqual([false, false, 0]);
  const captured = await action.capture?.(input, signal);
  await action.run(input, signal);
  await eventually(() => action.postCondition(input, signal).catch(() => false), 15_000);
  return captured;
}

async function runAndUndo(id: string, input: unknown): Promise<void> {
  const captured = await run(id, input);
  await actionOf(id).undo?.(input, { captured, signal });
}

async function storesOf(regionId: number): Promise<readonly number[]> {
  return Object(await askPd(cluster, `/region/id/${regionId}`)).peers.map((peer: unknown) => Object(peer).store_id);
}

async function fetchPd(method: string, path: string, body?: object): Promise<void> {
  const url = `http://${cluster.pdAddresses[0]}/pd/api/v1${path}`;
  const { ok, status } = await fetch(url, { method, ...(body && { body: JSON.stringify(body) }) });
  if (!ok) throw new Error(`PD answered ${method} ${path} with ${status}`);
}

async function clusterComponent() {
  const { picture } = await session.look({ signal, begunAfterMs: systemClock.monotonic() });
  const component = picture.components.find(({ id }) => id === "cluster/tikv");
  if (!component) throw new Error("Cannot find the cluster in the picture");
  return component;
}
