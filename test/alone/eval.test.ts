/** Six faults and five healthy windows on both labs, one cluster and one baseline each: `bun run prove eval` tries all. */

import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { freshSeed } from "../../src/io/seed.ts";
import { scoresOf, type TrialRow } from "../../src/trials/eval/score.ts";
import { type LabTrials, tryLab } from "../trials/eval/lab-trials.ts";

setDefaultTimeout(600_000);

/** Faults that a machine with other work shows as they are: none is about latency. */
const LABS: readonly Omit<LabTrials, "seed">[] = [
  {
    subject: "ratelimiter",
    faults: ["node-kill", "partition", "stale-config"],
    healthy: 3,
    thresholds: { "latency-p99": { latencyMs: 1000 }, "ghost-allowing": { pastMs: 5000 } },
  },
  { subject: "tikv", faults: ["store-hang", "disk-fill", "clock-skew"], healthy: 2 },
];

const seed = freshSeed();
let rows: ReadonlyMap<string, readonly TrialRow[]>;

beforeAll(async () => {
  const signal = AbortSignal.timeout(590_000);
  const tried = await Promise.all(
    LABS.map(async (lab) => [lab.subject, await tryLab({ ...lab, seed }, signal)] as const),
  );
  rows = new Map(tried);
});

for (const { subject, faults, healthy } of LABS) {
  test.each(faults)(`rules names component and mechanism of %s of ${subject}`, (fault) => {
    const row = rowOf(subject, `fault/${fault}`);

    expect(row.untried).toBeUndefined();
    expect(row.answers["rules"], `seed ${seed}`).toContainEqual(expect.objectContaining({ ...row.truths[0] }));
  });

  test.each(faults)(`rules names no cause of %s of ${subject} whose telemetry is withheld`, (fault) => {
    expect(rowOf(subject, `withheld/fault/${fault}`).answers["rules"]).toEqual([]);
  });

  test(`rules names no cause in ${healthy} healthy windows of ${subject}, and is sure of nothing wrong`, () => {
    const own = rows.get(subject) ?? [];

    const scores = scoresOf(own).find(({ name }) => name === "rules");
    expect(own.filter(({ kind }) => kind === "healthy").map(({ answers }) => answers["rules"])).toEqual(
      Array.from({ length: healthy }, () => []),
    );
    expect(scores, `seed ${seed}`).toMatchObject({ sureAndWrong: { count: 0 } });
  });
}

function rowOf(subject: string, id: string): TrialRow {
  const row = rows.get(subject)?.find((one) => one.id === id);
  if (!row) throw new Error(`Cannot find trial "${id}" of ${subject}`);
  return row;
}
