/** Judges whether PD can decide anything: a leader, and a majority that it was elected by. */

import { isAnswer } from "../../../core/words/probe-outcome.ts";
import { isUnreadable } from "../leader.ts";
import { invariant } from "../observation.ts";
import { CLUSTER } from "../topology.ts";

/** PD has a leader. Without one no timestamps are given and nothing is scheduled. */
export const pdQuorum = invariant({
  id: "pd-quorum",
  severity: "critical",
  symptom: "unreachable",
  // After `kill -9` of the leader the next one answers in 12.3 to 12.9 s.
  graceMs: 20_000,
  rationale:
    "Without a leader, PD hands out no timestamps and schedules nothing: transactions stop, raw requests continue.",
  needs: ["members"],
  reasons: ["has-leader", "no-leader", "quorum-lost", "not-told"],
  check: ({ members: { pds, view, leader } }) => {
    const answering = pds.filter(({ status }) => "value" in status).length;
    const needed = Math.floor(pds.length / 2) + 1;
    const about = { entity: CLUSTER, on: CLUSTER };
    const evidence = { members: pds.length, answering, needed, leader: leader ?? null };
    if ("value" in view && view.value.leader !== undefined) {
      const summary = `PD is led by ${view.value.leader}; ${answering} of ${pds.length} members answer`;
      return [{ ...about, verdict: "holds", reason: "has-leader", summary, evidence }];
    }
    if ("failed" in view && isUnreadable(view) && answering >= needed) {
      const summary = `Unknown: ${answering} of ${pds.length} members of PD answer, but their register cannot be read: ${view.failed}`;
      return [{ ...about, verdict: "unknown", reason: "not-told", summary, evidence }];
    }
    // Who refuses access, or what answers in a member's place, says nothing of the member.
    const untold = pds.filter(({ status }) => "failed" in status && isAnswer(status.outcome)).length;
    if (answering < needed && answering + untold >= needed) {
      const summary = `Unknown: ${untold} of ${pds.length} members of PD answer, but cannot be read; ${answering} can be read (needed: ${needed})`;
      return [{ ...about, verdict: "unknown", reason: "not-told", summary, evidence }];
    }
    const last = leader === undefined ? "" : `; the last leader was ${leader}`;
    const isLost = answering < needed;
    const summary = isLost
      ? `PD has lost quorum: ${answering} of ${pds.length} members answer, ${needed} are needed${last}`
      : `PD has no leader, although ${answering} of ${pds.length} members answer${last}`;
    return [{ ...about, verdict: "violated", reason: isLost ? "quorum-lost" : "no-leader", summary, evidence }];
  },
});
