import { afterAll, beforeAll, expect, test } from "bun:test";
import type { InvariantJudgement } from "../../../src/core/subject/checkup.ts";
import type { Session } from "../../../src/core/subject/subject.ts";
import { type Database, openDatabase } from "../../../src/database/mod.ts";
import { HEALTHY, setPdCauses, setStoreCauses } from "../../../src/emulators/tikv/control.ts";
import type { StoreCauses } from "../../../src/emulators/tikv/protocol.ts";
import { systemClock } from "../../../src/io/clock.ts";
import { createRecorder, type Recorder } from "../../../src/prometheus/recorder.ts";
import { keyName } from "../../../src/subjects/tikv/lab/workload.ts";
import { tikv } from "../../../src/subjects/tikv/mod.ts";
import { type EmulatedCluster, startEmulated } from "../../emulators/tikv/emulated-cluster.ts";

/** One cluster under traffic, whose metrics are recorded as a watch does it. */
let cluster: EmulatedCluster;
let session: Session;
let recorder: Recorder;
let database: Database;
let stop: () => Promise<void>;

const signal = AbortSignal.timeout(240_000);

beforeAll(async () => {
  cluster = await startEmulated();
  database = openDatabase(":memory:");
  const { id: instance } = database.instances.ensure({ name: "signals", subject: "tikv" });
  recorder = createRecorder({ samples: database.samples, instance, wanted: new Set(tikv.metrics), clock: systemClock });
  session = await tikv.configure(cluster.config).open({ clock: systemClock, series: recorder.series });
  const ending = new AbortController();
  const traffic = Promise.all(Array.from({ length: WORKERS }, (_, worker) => ask(worker, ending.signal)));
  stop = async () => {
    ending.abort();
    await traffic;
    await session[Symbol.asyncDispose]();
    await cluster[Symbol.asyncDispose]();
    database[Symbol.dispose]();
  };
});

afterAll(() => stop());

test("under traffic every signal is there, and everything holds", async () => {
  const judgements = await until((all) =>
    all.every(({ verdict, entity }) => verdict === "holds" || entity === "regions/no-leader"),
  );

  expect(judgements.filter(({ verdict }) => verdict === "violated")).toEqual([]);
});

/** Causes in the machines of stores that leave the others their traffic, and what must be seen of each. */
const CAUSES: readonly (readonly [
  what: string,
  causes: readonly (readonly [store: number, StoreCauses])[],
  seen: readonly string[],
])[] = [
  [
    "a full disk, and compaction that stands still",
    [[5, { foreignBytes: 75 * 1024 ** 3, compactionBytesPerSecond: 1 }]],
    ["store/5 disk-space low", "store/5 server-busy refuses"],
  ],
  [
    "a slow disk, and processors that others use",
    [
      [1, { appendSeconds: 0.4 }],
      [4, { cpuFactor: 1500 }],
    ],
    [
      "store/1 slow-score slow",
      "store/1 write-latency slow",
      "store/4 pool-saturation full",
      "store/4 read-latency slow",
    ],
  ],
];

test.each(CAUSES)("%s: the metrics that follow from it move, and move back", async (_what, causes, seen) => {
  const missed = new Set(seen);
  await Promise.all(causes.map(([id, cause]) => setStoreCauses(addressOf(id), cause, signal)));

  await until((all) => {
    for (const one of violatedIn(all)) missed.delete(one);
    return missed.size === 0;
  });
  await Promise.all(causes.map(([id]) => setStoreCauses(addressOf(id), HEALTHY, signal)));

  await until((all) => violatedIn(all).every((one) => !seen.includes(one)));
});

function violatedIn(all: readonly InvariantJudgement[]): readonly string[] {
  return all.flatMap(({ invariant, entity, reason, verdict }) =>
    verdict === "violated" ? [`${entity} ${invariant} ${reason}`] : [],
  );
}

test("a clock of PD's leader that is ahead is named, and one that jumps back, too", async () => {
  const index = [...cluster.pds.values()].findIndex(
    (pd) => pd.leader === [...cluster.pds.keys()][[...cluster.pds.values()].indexOf(pd)],
  );
  const address = cluster.pdAddresses[index] ?? "";

  await setPdCauses(address, { clockOffsetMs: 120_000 }, signal);
  await until((all) => all.some(({ invariant, reason }) => invariant === "clock" && reason === "ahead"));
  await setPdCauses(address, { clockOffsetMs: 0 }, signal);

  await until((all) => all.some(({ invariant, reason }) => invariant === "clock" && reason === "jumped-back"));
});

test("a store's clock is named by the dates of its answers, ahead and behind", async () => {
  const isSaid = (said: string): Promise<unknown> =>
    until((all) => all.some(({ invariant, entity, reason }) => `${invariant} ${entity} ${reason}` === said));

  await setStoreCauses(addressOf(4), { clockOffsetMs: -20_000 }, signal);
  await isSaid("clock store/4 behind");
  await setStoreCauses(addressOf(4), { clockOffsetMs: 20_000 }, signal);
  await isSaid("clock store/4 ahead");
  await setStoreCauses(addressOf(4), { clockOffsetMs: 0 }, signal);

  await isSaid("clock store/4 agrees");
});

test("each inspection reads something, of what it applies to", async () => {
  for (const component of ["cluster/tikv", "store/4"] as const) {
    const own = session.inspections.filter(({ appliesTo }) => appliesTo(component));

    const read = await Promise.all(own.map(({ read }) => read(component, AbortSignal.timeout(5000))));

    expect(own.length).toBeGreaterThan(2);
    expect(read.filter((value) => value === null)).toEqual([]);
  }
});

/** Looks, scraping as a watch does, until the judgements are so. */
async function until(
  isSo: (judgements: readonly InvariantJudgement[]) => boolean,
): Promise<readonly InvariantJudgement[]> {
  for (;;) {
    await recorder.record(session.scrapes(), signal);
    const { judgements } = await session.look({ signal, begunAfterMs: systemClock.monotonic() });
    if (isSo(judgements)) return judgements;
    await systemClock.sleep(300, signal);
  }
}

/** Who asks: enough that those whose store is slow do not keep the others waiting. */
const WORKERS = 24;

/** Reads and writes, one after the other. */
async function ask(worker: number, ended: AbortSignal): Promise<void> {
  const addresses = [...cluster.statusAddresses.values()];
  for (let turn = worker; !ended.aborted; turn += WORKERS) {
    const url = `http://${addresses[turn % addresses.length]}/kv/${keyName(turn)}`;
    const within = AbortSignal.any([ended, AbortSignal.timeout(1000)]);
    await fetch(url, { method: turn % 2 === 0 ? "GET" : "PUT", signal: within }).catch(() => undefined);
    await Bun.sleep(100);
  }
}

function addressOf(id: number): string {
  return cluster.statusAddresses.get(id) ?? "";
}
