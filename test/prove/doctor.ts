/**
 * Every fault of every lab trips what it promises, in time, and nothing else, on clusters as `operator up` brings them up.
 * What was tried at a commit is not tried again there; `--only tikv` or `--only tikv/store-kill` tries some, `--subject tikv` the clusters
 * of one lab; `--for 10m` ends after so long, and the next run goes on.
 */

import { join } from "node:path";
import * as v from "valibot";
import { DurationMs } from "../../src/core/text/units.ts";
import { loadLab } from "../../src/runtime/subjects/labs.ts";
import { loadSubject } from "../../src/runtime/subjects/subjects.ts";
import { figuresOf } from "./doctor/figures.ts";
import { addTrial, newestTrials, type RecordedTrial, readTrials, writeTrials } from "./doctor/record.ts";
import type { Proof, ProofOptions } from "./mod.ts";
import { startOperator } from "./operator.ts";

/** A cluster on which a lab is proved. */
export interface Cluster {
  readonly name: string;
  readonly subject: string;
  /** Flags of `operator up`. */
  readonly up: Readonly<Record<string, string>>;
}

/** Each fault is tried on each cluster of its subject. */
const CLUSTERS: readonly Cluster[] = [
  { name: "ratelimiter", subject: "ratelimiter", up: {} },
  { name: "tikv", subject: "tikv", up: {} },
  { name: "tikv-5-stores", subject: "tikv", up: { stores: "5" } },
];

const RECORD = join(import.meta.dir, "figures/doctor.jsonl");

const INTERRUPTS = ["SIGINT", "SIGTERM"] as const;

/** Tries all that have not been tried at this commit; those that are named in any case. */
export async function proveDoctor({ commit, only, subject, forText }: ProofOptions): Promise<Proof> {
  const wanted = await Promise.all(CLUSTERS.map(whole));
  refuseUnknown(only, wanted);
  using ending = endingAfter(forText);
  for (const { cluster, faults } of wanted) {
    if (subject !== undefined && cluster.subject !== subject) continue;
    const todo = faults.filter((fault) => isToBeTried({ cluster: cluster.name, fault }, { commit, only }));
    if (todo.length > 0 && !ending.signal.aborted) await tryAll(cluster, todo, { commit, signal: ending.signal });
  }
  const trials = newestTrials(readTrials(RECORD));
  const all = wanted.map(({ cluster, faults, invariants }) => ({
    cluster,
    invariants,
    trials: faults.flatMap((fault) => trials.get(`${cluster.name}/${fault}`) ?? []),
    untried: faults.filter((fault) => !trials.has(`${cluster.name}/${fault}`)),
  }));
  writeTrials(
    RECORD,
    all.flatMap(({ trials }) => trials),
  );
  return { held: all.every(isHeld), figures: all.map(figuresOf).join("\n\n") };
}

async function whole(cluster: Cluster): Promise<Wanted> {
  const [{ faults }, { invariants }] = await Promise.all([loadLab(cluster.subject), loadSubject(cluster.subject)]);
  return { cluster, faults: faults.map(({ id }) => id), invariants: invariants.map(({ id }) => id) };
}

/** A signal that fires at an interrupt, or after so long. */
function endingAfter(forText: string | undefined): Disposable & { readonly signal: AbortSignal } {
  const ending = new AbortController();
  const end = (): void => ending.abort();
  for (const name of INTERRUPTS) process.once(name, end);
  const timer = forText === undefined ? undefined : setTimeout(end, v.parse(DurationMs, forText));
  return {
    signal: ending.signal,
    [Symbol.dispose]() {
      for (const name of INTERRUPTS) process.off(name, end);
      clearTimeout(timer);
    },
  };
}

interface Wanted {
  readonly cluster: Cluster;
  /** Ids. */
  readonly faults: readonly string[];
  /** Ids. */
  readonly invariants: readonly string[];
}

function refuseUnknown(only: readonly string[], wanted: readonly Wanted[]): void {
  const known = new Set(
    wanted.flatMap(({ cluster: { name }, faults }) => [name, ...faults.map((fault) => `${name}/${fault}`)]),
  );
  const unknown = only.find((name) => !known.has(name));
  if (unknown === undefined) return;
  const names = CLUSTERS.map(({ name }) => name).join(", ");
  throw new Error(`Cannot find "${unknown}", expected one of ${names}, or one of them with a fault: tikv/store-kill`);
}

type Trying = Pick<RecordedTrial, "cluster" | "fault">;

function isToBeTried({ cluster, fault }: Trying, { commit, only }: Pick<ProofOptions, "commit" | "only">): boolean {
  if (only.length > 0) return only.includes(cluster) || only.includes(`${cluster}/${fault}`);
  return !readTrials(RECORD).some((one) => one.commit === commit && one.cluster === cluster && one.fault === fault);
}

interface Terms {
  readonly commit: string;
  readonly signal: AbortSignal;
}

/** Each trial is written down as it ends, so that one that is cut short costs no other. */
async function tryAll({ name, subject, up }: Cluster, faults: readonly string[], terms: Terms): Promise<void> {
  await using operator = await startOperator(up, subject);
  const flags = faults.flatMap((fault) => ["--fault", fault]);
  const args = ["doctor", "--subject", subject, "--inject", "--json", ...flags];
  for await (const line of operator.lines(args, terms.signal)) addTrial(RECORD, line, { cluster: name, ...terms });
}

function isHeld({
  trials,
  untried,
}: {
  readonly trials: readonly RecordedTrial[];
  readonly untried: readonly string[];
}) {
  return untried.length === 0 && trials.every(({ problems }) => problems.length === 0);
}
