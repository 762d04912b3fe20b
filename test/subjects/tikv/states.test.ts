import { describe, expect, test } from "bun:test";
import type { Checkup, InvariantJudgement } from "../../../src/core/subject/checkup.ts";
import { systemClock } from "../../../src/io/clock.ts";
import { tikv } from "../../../src/subjects/tikv/mod.ts";
import { tikvEndpoints } from "../../../src/subjects/tikv/recipes/endpoints.ts";

/** A store as PD shows it; the rest is what a test is about. */
interface Shown {
  readonly id: number;
  readonly state?: string;
  readonly status?: string;
  readonly version?: string;
}

const UP: Shown = { id: 1 };

describe("store-up tells the states of PD apart", () => {
  test.each([
    ["Offline and expected", { id: 1, state: "Offline" }, [{ id: "1", address: "127.0.0.1:1" }], "violated offline"],
    ["Offline and not told of", { id: 1, state: "Offline" }, undefined, "holds leaving"],
    ["Tombstone", { id: 1, state: "Tombstone" }, undefined, "violated tombstone"],
    ["Disconnected", { id: 1, state: "Disconnected" }, undefined, "violated disconnected"],
    ["Down", { id: 1, state: "Down" }, undefined, "violated down"],
    ["without a status address", { id: 1, status: "" }, undefined, "unknown no-status-address"],
    [
      "Disconnected without a status address",
      { id: 1, state: "Disconnected", status: "" },
      undefined,
      "violated disconnected",
    ],
  ])("%s", async (_what, store, stores, wanted) => {
    await using pd = servePd({ stores: [store] });

    const { judgements } = await lookAt(pd, stores && { stores });

    expect(said(judgements, "store-up", "store/1")).toBe(wanted);
  });

  test("a store that the watcher was told of and PD does not list", async () => {
    await using pd = servePd({ stores: [UP] });

    const { judgements } = await lookAt(pd, { stores: [{ id: "9", address: "127.0.0.1:9" }] });

    expect(said(judgements, "store-up", "store/9")).toBe("violated tombstone");
    expect(said(judgements, "membership", "store/1")).toBe("violated unexpected");
  });

  test("all stores silent for a new leader of PD are unknown, for a while", async () => {
    const shown = { stores: [{ id: 1, state: "Disconnected" }], schedulers: [] };

    const { judgements } = await lookAfterFailover(shown);

    expect(said(judgements, "store-up", "store/1")).toBe("unknown new-pd-leader");
    expect(said(judgements, "scheduling-backlog", "cluster/tikv")).toBe("unknown new-pd-leader");
  });
});

test("a scheduler that is gone beside others was removed, however new PD's leader is", async () => {
  const shown = { stores: [UP], schedulers: ["balance-region-scheduler"] };

  const { judgements } = await lookAfterFailover(shown);

  expect(said(judgements, "scheduling-backlog", "cluster/tikv")).toBe("violated scheduler-missing");
});

test("a store that is being removed shows it in the picture by the name of the reason, so that it is told as a change", async () => {
  await using pd = servePd({ stores: [{ id: 1, state: "Offline" }, { id: 4 }] });

  const { picture, judgements } = await lookAt(pd, { stores: [{ id: "1", address: "127.0.0.1:1" }] });

  expect(judgements.find(({ invariant }) => invariant === "store-up")?.reason).toBe("offline");
  expect(picture.components.flatMap(({ kind, labels }) => (kind === "store" ? [labels?.["offline"]] : []))).toEqual([
    "true",
    "false",
  ]);
});

describe("scheduling-backlog says what keeps PD from moving anything", () => {
  test.each([
    ["a scheduler that is paused", { paused: ["balance-leader-scheduler"] }, "violated scheduler-paused"],
    ["a limit of zero", { schedule: { "replica-schedule-limit": 0 } }, "violated limit-zero"],
    ["no balancing of load", { schedule: { "hot-region-schedule-limit": 0 } }, "violated limit-zero"],
    ["a halt", { schedule: { "halt-scheduling": "true" } }, "violated halted"],
    [
      "a store's limit at which nothing moves",
      { schedule: { "store-limit": { 1: { "add-peer": 0.0001, "remove-peer": 15 } } } },
      "violated store-limit-low",
    ],
    [
      "a store's limit that is low on purpose",
      { schedule: { "store-limit": { 1: { "add-peer": 1, "remove-peer": 1 } } } },
      "holds keeps-up",
    ],
    ["schedulers that are gone", { schedulers: [] }, "violated scheduler-missing"],
    ["too many operators", { operators: 600 }, "violated backlog"],
    ["nothing", {}, "holds keeps-up"],
  ])("%s", async (_what, shown, wanted) => {
    await using pd = servePd({ stores: [UP], ...shown });

    const { judgements } = await lookAt(pd);

    expect(said(judgements, "scheduling-backlog", "cluster/tikv")).toBe(wanted);
  });
});

test("scheduling-backlog names every setting that keeps PD from scheduling, not only the first", async () => {
  const schedule = { "halt-scheduling": "true", "leader-schedule-limit": 0, "replica-schedule-limit": 0 };
  await using pd = servePd({ stores: [UP], schedulers: [], schedule });

  const { judgements, picture } = await lookAt(pd);

  expect(judgements.find(({ invariant }) => invariant === "scheduling-backlog")?.summary).toBe(
    "PD schedules nothing: halt-scheduling is true; PD runs no balance-leader-scheduler, balance-region-scheduler, balance-hot-region-scheduler; leader-schedule-limit, replica-schedule-limit are 0: PD does no such scheduling",
  );
  expect(picture.components.find(({ kind }) => kind === "cluster")?.labels?.["scheduling_obstacles"]).toBe(
    "halted:halt-scheduling,missing:balance-leader-scheduler,missing:balance-region-scheduler,missing:balance-hot-region-scheduler,limit:leader-schedule-limit,limit:replica-schedule-limit",
  );
});

describe("replication is violated where PD is told to keep fewer replicas than there are stores for, though it reports none missing", () => {
  test.each([
    ["one replica of three", 3, 1, "violated max-replicas"],
    ["as many as there are stores", 2, 2, "holds replicated"],
    ["more than are needed", 3, 5, "holds replicated"],
  ])("%s", async (_what, stores, replicas, wanted) => {
    await using pd = servePd({ stores: Array.from({ length: stores }, (_, at) => ({ id: at + 1 })), replicas });

    const { judgements, picture } = await lookAt(pd);

    expect(said(judgements, "replication", "regions/wanted-replicas")).toBe(wanted);
    expect(picture.components.find(({ kind }) => kind === "cluster")?.labels?.["max-replicas"]).toBe(`${replicas}`);
  });
});

test("stores of two versions disagree, and one that tells none is unknown", async () => {
  await using pd = servePd({ stores: [UP, { id: 4 }, { id: 5, version: "8.1.0" }, { id: 6, version: "" }] });

  const { judgements } = await lookAt(pd);

  expect(["store/1", "store/5", "store/6"].map((id) => said(judgements, "version-agreement", id))).toEqual([
    "holds agrees",
    "violated differs",
    "unknown not-told",
  ]);
});

test("what nobody measures is unknown", async () => {
  await using pd = servePd({ stores: [UP] });

  const { judgements } = await lookAt(pd);

  expect(said(judgements, "disk-space", "store/1")).toBe("unknown not-measured");
  expect(said(judgements, "slow-score", "store/1")).toBe("unknown not-measured");
  expect(said(judgements, "write-flow", "store/1")).toBe("unknown no-metrics");
});

test("tikvEndpoints() names every component of a deployment", () => {
  const component = (id: `${string}/${string}`, address: string) => ({
    id,
    kind: id.split("/")[0] ?? "",
    address,
    linkAddresses: [],
  });
  const components = [component("pd/pd0", "a:1"), component("store/1", "b:2"), component("prometheus/main", "c:3")];

  const endpoints = tikvEndpoints({ components, settings: {}, secret: () => undefined });

  expect(endpoints).toMatchObject({
    pd: [{ id: "pd0", address: "a:1" }],
    stores: [{ id: "1", address: "b:2" }],
    prometheus: "http://c:3",
  });
});

interface PdShown {
  readonly leader?: string;
  readonly stores: readonly Shown[];
  readonly schedulers?: readonly string[];
  readonly paused?: readonly string[];
  readonly operators?: number;
  readonly schedule?: object;
  readonly replicas?: number;
}

const SCHEDULERS = ["balance-leader-scheduler", "balance-region-scheduler", "balance-hot-region-scheduler"];
const SCHEDULE = {
  "leader-schedule-limit": 4,
  "region-schedule-limit": 4,
  "replica-schedule-limit": 4,
  "max-store-down-time": "30m0s",
  "low-space-ratio": 0.8,
};

/** A PD that shows just this, and a status port that answers for every store. */
function servePd(
  shown: PdShown,
): AsyncDisposable & { readonly config: { readonly pd: readonly unknown[]; readonly probeTimeout: string } } {
  const server: Bun.Server<undefined> = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      const { pathname, search } = new URL(request.url);
      if (pathname === "/status") return new Response(null);
      if (pathname === "/config") return Response.json({ server: {} });
      return Response.json(replyOf(`${pathname}${search}`.replace("/pd/api/v1", ""), shown, server.port ?? 0) ?? null);
    },
  });
  const pd = [{ id: "pd0", address: `127.0.0.1:${server.port}` }];
  return { config: { pd, probeTimeout: "500ms" }, [Symbol.asyncDispose]: () => server.stop(true) };
}

function replyOf(path: string, shown: PdShown, port: number): unknown {
  const { leader = "pd0", stores, schedulers = SCHEDULERS, paused = [], operators = 0, schedule = {} } = shown;
  const member = (name: string) => ({ name, member_id: 1, client_urls: [`http://127.0.0.1:${port}`] });
  const all = stores.map(({ id, state = "Up", status = `127.0.0.1:${port}`, version = "8.5.7" }) => ({
    store: {
      id,
      address: `127.0.0.1:${20_000 + id}`,
      ...(status && { status_address: status }),
      version,
      state_name: state,
    },
    status: {},
  }));
  const operator = { desc: "x", region_id: 1, status: 1 };
  const replies: Readonly<Record<string, unknown>> = {
    "/members": { header: { cluster_id: 7 }, members: [member("pd0")], leader: member(leader) },
    "/health": [{ name: "pd0", client_urls: [`http://127.0.0.1:${port}`], health: true }],
    "/status": { version: "v8.5.7", start_timestamp: 1 },
    "/stores": { count: all.length, stores: all },
    "/regions/count": { count: 1 },
    "/cluster/status": { is_initialized: true },
    "/operators?object": Array.from({ length: operators }, () => operator),
    "/schedulers": schedulers,
    "/schedulers?status=paused": paused,
    "/config/schedule": { ...SCHEDULE, ...schedule },
    "/config/replicate": { "max-replicas": shown.replicas ?? 3 },
    "/hotspot/regions/write": { as_leader: {} },
    "/hotspot/regions/read": { as_leader: {} },
  };
  return path.startsWith("/regions/check/") ? { count: 0, regions: [] } : replies[path];
}

async function lookAt({ config }: { readonly config: object }, more: object = {}): Promise<Checkup> {
  await using session = await tikv.configure({ ...config, ...more }).open({ clock: systemClock });
  return await session.look({ signal: AbortSignal.timeout(10_000) });
}

/** Looks once at a leader of PD, and again as soon as another one leads. */
async function lookAfterFailover(shown: Omit<PdShown, "leader">): Promise<Checkup> {
  const led = { ...shown, leader: "pd0" };
  await using pd = servePd(led);
  await using session = await tikv.configure(pd.config).open({ clock: systemClock, shortestPauseMs: 0 });
  await session.look({ signal: AbortSignal.timeout(5000) });
  led.leader = "pd1";
  return await session.look({ signal: AbortSignal.timeout(5000), begunAfterMs: systemClock.monotonic() });
}

function said(judgements: readonly InvariantJudgement[], invariant: string, entity: string): string {
  const judgement = judgements.find((one) => one.invariant === invariant && one.entity === entity);
  return `${judgement?.verdict} ${judgement?.reason}`;
}
