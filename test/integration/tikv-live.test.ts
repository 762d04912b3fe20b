/**
 * The client, a look, the doctor without faults and the log parser on a cluster of one's own:
 * `OPERATOR_TIKV_PD=http://host:2379[,…] bun test test/integration/tikv-live.test.ts`; it only reads.
 * With `OPERATOR_TIKV_ALLOW_ACTIONS=1` it also runs each action, and brings back what was; what the cluster's shape does not
 * allow is named. `OPERATOR_TIKV_LOG` names a log file to read.
 * Without `OPERATOR_TIKV_PD` it runs on an emulated cluster, and says so.
 */

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { Session } from "../../src/core/subject/subject.ts";
import { openDatabase } from "../../src/database/mod.ts";
import { systemClock } from "../../src/io/clock.ts";
import { type OpenSubject, openSubject } from "../../src/runtime/subjects/open-subject.ts";
import { TikvClient } from "../../src/subjects/tikv/client/client.ts";
import type { TikvConfig } from "../../src/subjects/tikv/config.ts";
import { parseLog } from "../../src/subjects/tikv/logs/log-events.ts";
import { tikv } from "../../src/subjects/tikv/mod.ts";
import { examineSignals } from "../../src/trials/signals.ts";
import { startEmulated } from "../emulators/tikv/emulated-cluster.ts";
import { ACTS } from "./tikv-live/acts.ts";

// Rates are known over a minute, where a cluster of one's own is scraped directly.
setDefaultTimeout(300_000);

const given = process.env["OPERATOR_TIKV_PD"];
const mayAct = given === undefined || process.env["OPERATOR_TIKV_ALLOW_ACTIONS"] === "1";
const signal = AbortSignal.timeout(3_600_000);
const stack = new AsyncDisposableStack();

let config: TikvConfig;
let client: TikvClient;
let opened: OpenSubject;
let session: Session;
let logLines: readonly string[] = [];

beforeAll(async () => {
  const emulated = given === undefined ? stack.use(await startEmulated({ stores: 4 })) : undefined;
  say(emulated ? "TiKV: emulated, for OPERATOR_TIKV_PD is not set" : `TiKV: the cluster at ${given}`);
  const prometheus = process.env["OPERATOR_TIKV_PROMETHEUS"];
  const configured = tikv.configure(emulated?.config ?? { pd: given, ...(prometheus && { prometheus }) });
  config = Object(configured.config);
  client = stack.use(new TikvClient(config));
  const database = stack.use(openDatabase(":memory:"));
  opened = stack.use(
    await openSubject({ subject: tikv, name: "live", configured }, { database, clock: systemClock, intervalMs: 1000 }),
  );
  ({ session } = opened);
  const file = process.env["OPERATOR_TIKV_LOG"];
  logLines = file === undefined ? (emulated?.log ?? []) : readFileSync(file, "utf8").split("\n");
});

afterAll(() => stack.disposeAsync());

test("says on its replies whether it is emulated, and is marked so", async () => {
  const [first] = config.pd;
  const base = /^https?:/.test(first?.address ?? "") ? first?.address : `http://${first?.address}`;

  const { headers } = await fetch(`${base}/pd/api/v1/version`, { signal });

  const { emulated = false } = opened.monitoring.instance;
  if (given !== undefined) say(emulated ? "It is emulated" : "It is real");
  expect(emulated).toBe(headers.has("x-emulated"));
  if (given === undefined) expect(emulated).toBe(true);
});

test("PdClient reads everything that a look needs, and names the leader and the stores", async () => {
  const { pd } = client;

  const [members, health, stores, count] = await Promise.all([
    pd.members(signal),
    pd.health(signal),
    pd.stores(signal),
    pd.regionCount(signal),
  ]);
  const schedulers = await pd.schedulers(signal);
  const lists = await Promise.all([pd.regionsOf("miss-peer", signal), pd.regionsOf("down-peer", signal)]);
  await Promise.all([
    pd.clusterStatus(signal),
    pd.operators(signal),
    pd.pausedSchedulers(signal),
    pd.scheduleConfig(signal),
    pd.replicateConfig(signal),
    pd.evictedStores(schedulers, signal),
    pd.hotspots("read", signal),
    pd.hotspots("write", signal),
  ]);

  expect(members.members.map(({ name }) => name)).toContain(members.leader ?? "nobody");
  expect(health.length).toBe(members.members.length);
  expect(members.clusterId).toMatch(/^\d+$/);
  expect(stores.length).toBeGreaterThan(0);
  expect(count).toBeGreaterThan(0);
  for (const { items } of lists) expect(items.length).toBeLessThanOrEqual(count);
  const [one] = stores;
  expect((await pd.store(one?.id ?? "", signal)).address).toBe(one?.address ?? "");
  await expect(pd.region("4294967295", signal)).rejects.toThrow("PD knows no such region");
});

test("a look reads every probe, and the doctor finds what every invariant of members and stores needs", async () => {
  const checks = await examineSignals(opened, signal);
  const checkup = await session.look({ signal });

  const failed = Object.entries(Object(checkup.observation)).flatMap(([probe, read]) =>
    "failed" in Object(read) ? [`${probe}: ${String(Object(read).failed)}`] : [],
  );
  expect(failed).toEqual([]);
  for (const { invariant, judged, missing } of checks)
    if (judged === 0) say(`Without a signal: ${invariant}: ${missing.join("; ")}`);
  const judgedOf = (id: string) => checks.find(({ invariant }) => invariant === id)?.judged ?? 0;
  for (const id of ["store-up", "pd-quorum", "version-agreement", "scheduling-backlog"])
    expect([id, judgedOf(id)]).not.toEqual([id, 0]);
});

test("each cheap inspection of the cluster and of a store reads something", async () => {
  const [store] = await client.pd.stores(signal);
  for (const component of ["cluster/tikv", `store/${store?.id}`] as const) {
    const cheap = session.inspections.filter(({ appliesTo, cost }) => cost === "cheap" && appliesTo(component));
    expect(cheap.length).toBeGreaterThan(0);
    for (const { id, read } of cheap) expect([id, await read(component, signal)]).not.toEqual([id, null]);
  }
});

test("parseLog() reads the lines of its log", () => {
  const lines = logLines.filter((line) => line.startsWith("["));
  if (given !== undefined && lines.length === 0) say("No log was read, for OPERATOR_TIKV_LOG is not set");

  if (given === undefined) expect(lines.length).toBeGreaterThan(0);
  expect(lines.filter((line) => parseLog(line, "store/1") === undefined)).toEqual([]);
});

test("each action of the subject is among the acts", () => {
  expect(Object.keys(ACTS).toSorted()).toEqual([...session.actions.keys()].toSorted());
});

describe("each action has its effect, and what was before comes back", () => {
  test.each(Object.entries(ACTS))("%s", async (id, act) => {
    if (!mayAct) return say(`${id} was not run, for OPERATOR_TIKV_ALLOW_ACTIONS is not 1`);
    const before = await settings();

    const skipped = await act({ session, client, signal });

    if (skipped !== undefined) say(`${id} was not run: ${skipped}`);
    // Its own cluster has all that they need.
    if (given === undefined) expect(skipped).toBeUndefined();
    expect(await settings()).toEqual(before);
  });
});

/** What of PD an action may change and no region shows. */
async function settings(): Promise<unknown> {
  const { pd } = client;
  const [schedulers, paused, schedule, stores] = await Promise.all([
    pd.schedulers(signal),
    pd.pausedSchedulers(signal),
    pd.scheduleConfig(signal),
    pd.stores(signal),
  ]);
  const weights = stores.map(({ id, leaderWeight, regionWeight }) => ({ id, leaderWeight, regionWeight }));
  return {
    schedulers: schedulers.toSorted(),
    paused,
    schedule,
    weights,
    limits: await pd.raw("/stores/limit", signal),
  };
}

/** Prints what was tested and what was not. */
function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
