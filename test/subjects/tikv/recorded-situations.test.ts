import { describe, expect, test } from "bun:test";
import type { Checkup } from "../../../src/core/subject/checkup.ts";
import { systemClock } from "../../../src/io/clock.ts";
import { tikv } from "../../../src/subjects/tikv/mod.ts";
import { serveRecorded } from "./recorded.ts";

/** Of each situation what is violated, as `invariant entity reason`; heartbeats are of the day of the recording. */
const SITUATIONS: readonly (readonly [situation: string, silent: string, violated: string])[] = [
  ["healthy", "", ""],
  ["healthy", "20183", "store-up store/5 refused"],
  ["store-disconnected", "", "store-up store/5 disconnected"],
  ["store-down", "", "region-health regions/down-peer down-replicas, store-up store/5 down"],
  [
    "down-pending-miss-peer",
    "",
    "region-health regions/down-peer down-replicas, replication regions/miss-peer missing-replicas",
  ],
  ["hot-region", "", ""],
  ["evict-leader-scheduler", "", ""],
  ["slow-store", "", "slow-score store/4 slow"],
  ["store-offline", "", ""],
];

/** Judged by what the recordings hold: neither metrics nor the clock of that day. */
const JUDGED = new Set([
  "store-up",
  "pd-quorum",
  "region-health",
  "replication",
  "scheduling-backlog",
  "disk-space",
  "slow-score",
]);

describe("tikv judges what a real PD v8.5.7 answered", () => {
  test.each(SITUATIONS)("in situation %s, silent status port %p: %p", async (situation, silent, violated) => {
    await using cluster = serveRecorded(situation, { silent: [silent] });

    const { judgements } = await lookAt(cluster.config);

    const found = judgements.filter(({ verdict, invariant }) => verdict === "violated" && JUDGED.has(invariant));
    const shown = found.map(({ invariant, entity, reason }) => `${invariant} ${entity} ${reason}`);
    expect(shown.toSorted().join(", ")).toBe(violated);
  });

  test("without a store: what needs one is unknown, and says that nothing is bootstrapped", async () => {
    await using cluster = serveRecorded("no-stores");

    const { judgements } = await lookAt(cluster.config);

    const stores = judgements.filter(({ invariant }) => invariant === "region-health");
    expect(stores.map(({ verdict }) => verdict)).toEqual(["unknown"]);
    expect(stores[0]?.summary).toContain("TiKV cluster not bootstrapped");
  });

  test("without a leader: quorum is violated, and what the leader would know is unknown", async () => {
    await using cluster = serveRecorded("pd-leader-dead--before-election");

    const { judgements } = await lookAt(cluster.config);

    expect(judgements.find(({ invariant }) => invariant === "pd-quorum")?.verdict).toBe("violated");
    expect(judgements.find(({ invariant }) => invariant === "scheduling-backlog")?.summary).toContain("ErrRedirect");
  });

  test("asks for nothing that can hang PD or lists every region", async () => {
    await using cluster = serveRecorded("healthy");

    await lookAt(cluster.config);

    expect(
      cluster.asked.filter((path) => /stats\/region|\/regions$|empty-region|undersized-region/.test(path)),
    ).toEqual([]);
  });

  test("keeps ids beyond 2^53 whole", async () => {
    await using cluster = serveRecorded("healthy");

    const { observation } = await lookAt(cluster.config);

    expect(JSON.stringify(observation)).toContain('"16394649564477637904"');
    expect(JSON.stringify(observation)).toContain('"7710550541516441401"');
  });
});

async function lookAt(config: unknown): Promise<Checkup> {
  await using session = await tikv.configure(config).open({ clock: systemClock });
  return await session.look({ signal: AbortSignal.timeout(10_000) });
}
