/** Where PD's leader is, and since when: for some time after a change PD knows little of its stores. */

import type { Failure, Read } from "../../core/subject/probe.ts";
import { ProbeError } from "../../core/text/errors.ts";
import { isAnswer } from "../../core/words/probe-outcome.ts";
import type { PdClient } from "./client/pd-client.ts";
import type { MembersReading } from "./observation.ts";

/**
 * Milliseconds after a change of leaders in which PD's view of stores is that of the change: heartbeats are kept for five
 * minutes only, and the next one comes within ten seconds (seen: 0.2 to 1.3 s, sizes of regions up to 60 s).
 */
const SETTLING_MS = 30_000;

/** Address of the leader, where it is one of those that the watcher was told of. */
function leaderAddress(members: Read<MembersReading>): string | undefined {
  if ("failed" in members) return undefined;
  const { pds, leader } = members.value;
  return leader === undefined ? undefined : pds.find(({ name }) => name === leader)?.address;
}

/**
 * PD, its leader asked first.
 * @throws {ProbeError} If no leader answered just now, neither directly nor through other members: a call that only it can answer would time out.
 */
export function leadingPd({ pd }: { readonly pd: PdClient }, members: Read<MembersReading>): PdClient {
  const view = "value" in members ? members.value.view : undefined;
  if (view && "failed" in view && !(isUnreadable(view) && hasAnswered(members))) {
    const { failed, outcome, word } = view;
    throw new ProbeError(failed, { outcome, ...(word !== undefined && { word }) });
  }
  return pd.leadBy(leaderAddress(members));
}

/**
 * Whether the register of members was answered in a form that cannot be read, or refused to this observer: that says nothing
 * of a leader, and other calls may be answered as they should.
 */
export function isUnreadable({ outcome }: Failure): boolean {
  return isAnswer(outcome) && outcome !== "server-error";
}

function hasAnswered(members: Read<MembersReading>): boolean {
  return "value" in members && members.value.pds.some(({ status }) => "value" in status);
}

/** Whether a change of leaders is so recent that what PD says of stores and schedulers means nothing yet. */
export function isSettling({ leaderSinceMs }: Pick<MembersReading, "leaderSinceMs">, atMs: number): boolean {
  return leaderSinceMs !== undefined && atMs - leaderSinceMs < SETTLING_MS;
}
