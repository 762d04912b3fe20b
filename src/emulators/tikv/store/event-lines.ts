/** What a store logs of its replicas, in the words of TiKV and raft-rs. */

import type { Replica } from "./replica.ts";

/** What happens to a replica. */
export type ReplicaEvent = "leader" | "follower" | "election" | "quorum-lost" | "split" | "conf-change";

/** A line before it is written. */
export interface EventLine {
  readonly level: "INFO" | "WARN";
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number>>;
}

/** The line of an event. */
export function eventLine(event: ReplicaEvent, { meta, term }: Replica, storeId: number): EventLine {
  const raftId = meta.peers.find((peer) => peer.storeId === storeId)?.id ?? 0;
  return {
    level: event === "quorum-lost" ? "WARN" : "INFO",
    message: MESSAGES[event](term),
    fields: { term, raft_id: raftId, region_id: meta.id },
  };
}

const MESSAGES: Readonly<Record<ReplicaEvent, (term: number) => string>> = {
  leader: (term) => `became leader at term ${term}`,
  follower: (term) => `became follower at term ${term}`,
  election: () => "starting a new election",
  "quorum-lost": () => "stepped down to follower since quorum is not active",
  split: () => "on split",
  "conf-change": () => "conf change successfully",
};
