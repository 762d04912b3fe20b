/**
 * Judges each store by its own status port, and by what PD says of it: a store that dies is seen at once, not after PD's 20
 * seconds (`Disconnected`) or 30 minutes (`Down`).
 */

import { type CheckContext, type Judgement, judgeEach } from "../../../core/subject/invariant.ts";
import { unreached } from "../../../core/subject/reachability.ts";
import { PROBE_FAILURES, type ProbeFailure } from "../../../core/words/probe-outcome.ts";
import type { TikvConfig } from "../config.ts";
import { isSettling } from "../leader.ts";
import { invariant, type StoreReading } from "../observation.ts";

/** Every store that owns data answers, and PD hears from it. Alerts `PD_cluster_down_tikv_nums`, `…lost_connect…`, `…unhealthy…`. */
export const storeUp = invariant({
  id: "store-up",
  severity: "critical",
  symptom: "unreachable",
  graceMs: 15_000,
  rationale:
    "Each region on a lost store has one replica fewer, and may have no leader until another store takes over.",
  needs: ["status", "members"],
  reasons: [
    "up",
    "leaving",
    "offline",
    "tombstone",
    "disconnected",
    "down",
    "no-status-address",
    "unreadable",
    "new-pd-leader",
    ...PROBE_FAILURES,
  ],
  check: ({ status, members }, context) => [
    ...judgeEach(status, (store) => judgeStore(store, { ...context, isNewLeader: isSettling(members, context.atMs) })),
    ...missing(status, context.config),
  ],
});

type Reason =
  | "up"
  | "leaving"
  | "offline"
  | "tombstone"
  | "disconnected"
  | "down"
  | "no-status-address"
  | "unreadable"
  | "new-pd-leader"
  | ProbeFailure;

interface StoreContext extends Pick<CheckContext<object, TikvConfig>, "displaced" | "config"> {
  /** Whether PD has not heard of its stores since another of its members leads. */
  readonly isNewLeader: boolean;
}

function judgeStore(reading: StoreReading, context: StoreContext): Judgement<Reason> {
  const { component, store, status } = reading;
  const about = { entity: component, on: component };
  const { state, statusAddress: address } = store;
  if (address !== "") {
    const trouble = unreached({ component, address, failure: "failed" in status ? status : undefined }, context);
    if (trouble) {
      const evidence = { ...trouble.evidence, pdState: state };
      const byPd = state === "Unread" ? "PD cannot be read" : `PD reports ${state}`;
      return { ...about, ...trouble, summary: `${trouble.summary} (${byPd})`, evidence };
    }
  }
  const answeredAfterMs = "value" in status ? status.value.afterMs : undefined;
  return { ...about, ...judgeState(reading, context), ...(answeredAfterMs !== undefined && { answeredAfterMs }) };
}

type Said = Pick<Judgement<Reason>, "verdict" | "reason" | "summary" | "evidence">;

function judgeState({ component, store }: StoreReading, { isNewLeader, config }: StoreContext): Said {
  const { id, state, statusAddress, leaderCount, regionCount, unreadable } = store;
  const evidence = { address: statusAddress || store.address, pdState: state, leaderCount, regionCount };
  const isExpected = config.stores?.some((expected) => expected.id === id) ?? false;
  switch (state) {
    case "Disconnected":
    case "Down": {
      if (isNewLeader) {
        const summary = `Unknown: PD has a new leader, which has not heard from ${component} yet`;
        return { verdict: "unknown", reason: "new-pd-leader", summary, evidence };
      }
      const answers = statusAddress === "" ? "" : `, although it answers at ${statusAddress}`;
      const reason = state === "Down" ? "down" : "disconnected";
      return { verdict: "violated", reason, summary: `PD reports ${component} as ${state}${answers}`, evidence };
    }
    case "Offline": {
      const summary = `${component} is Offline: PD is removing it, ${regionCount} regions left`;
      return isExpected
        ? { verdict: "violated", reason: "offline", summary, evidence }
        : { verdict: "holds", reason: "leaving", summary, evidence };
    }
    case "Tombstone":
      return {
        verdict: "violated",
        reason: "tombstone",
        summary: `${component} was removed (PD reports Tombstone)`,
        evidence,
      };
    case "Unread": {
      const summary = `${component} answers at ${statusAddress}; PD cannot be read`;
      return { verdict: "holds", reason: "up", summary, evidence };
    }
    case "Unknown": {
      const answers = statusAddress === "" ? "" : `; it answers at ${statusAddress}`;
      const summary = `Unknown: PD's entry of ${component} cannot be used: ${unreadable}${answers}`;
      return { verdict: "unknown", reason: "unreadable", summary, evidence };
    }
    case "Up": {
      if (statusAddress !== "") return { verdict: "holds", reason: "up", summary: `${component} is up`, evidence };
      const why = unreadable === undefined ? "" : ` (${unreadable})`;
      const summary = `Unknown: PD has no status address of ${component}${why}; PD reports Up`;
      return { verdict: "unknown", reason: "no-status-address", summary, evidence };
    }
  }
}

/** Stores that the watcher was told of and PD does not list any more. */
function missing(status: readonly StoreReading[], { stores = [] }: TikvConfig): readonly Judgement<Reason>[] {
  return stores
    .filter(({ id }) => status.every(({ store }) => store.id !== id))
    .map(({ id, address }) => ({
      entity: `store/${id}`,
      on: `store/${id}`,
      verdict: "violated",
      reason: "tombstone",
      summary: `store/${id} at ${address} is not registered with PD, or was removed`,
      evidence: { address },
    }));
}
