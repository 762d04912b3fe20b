/** Somebody breaks something, is killed, and a later command heals it. */

import { injectionsIn } from "./acknowledged.ts";
import type { Ground } from "./ground.ts";
import type { Lab } from "./lab.ts";
import { readRecords } from "./records.ts";
import { count } from "./tally.ts";
import { someMoment } from "./victim.ts";

const FAULTS = ["node-kill", "node-hang", "partition"];
/** Milliseconds that a fault lasts and is healed in. */
const LIFE_MS = 2000;
/** Milliseconds until anybody may heal what was to last 1 s. */
const LEASE_MS = 31_000;

/**
 * Kills `operator chaos` at some moment. Nothing else may have the supervisor do anything meanwhile.
 * @param options `byLease` waits until any chaos command heals what is left; otherwise one is told to.
 */
export async function killChaos(
  { ground, lab }: { readonly ground: Ground; readonly lab: Lab },
  { byLease = false }: { readonly byLease?: boolean },
): Promise<void> {
  const { random, tally, journal } = ground;
  const open = (): number =>
    readRecords(journal, (records) => records.count("SELECT 1 FROM injections WHERE state <> 'healed'"));
  lab.witness.delayMs = random() * 20;
  lab.witness.onCall = ({ verb, on }) => {
    count(tally.counts, "breaking and healing seen on the wire");
    if (open() === 0) ground.problem(`"${verb} ${on}" was sent without a row in the journal`);
  };
  const fault = FAULTS[Math.floor(random() * FAULTS.length)] ?? "";
  const chaos = ground.start("chaos", fault, "--target", "node/1", "--for", "1s", "--json");
  await someMoment(chaos, random, LIFE_MS);
  await ground.kill(chaos, "chaos");
  ground.compare("chaos", journal, injectionsIn(await chaos.said()));
  await lab.witness.idle();
  if (byLease) await Bun.sleep(LEASE_MS);
  await ground.must(["chaos", ...(byLease ? ["status"] : ["heal", "--all"])]);
  if (open() > 0) ground.problem(`${fault} was not healed`);
  await ground.until(`all runs after ${fault}`, () => lab.allRun());
  count(tally.counts, byLease ? "faults healed after their lease" : "faults healed at once");
}
