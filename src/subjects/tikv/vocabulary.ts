/** The words of the field: with the description, all that an agent is told about the subject. */

/** Each word with one sentence. */
export const vocabulary: Readonly<Record<string, string>> = {
  pd: "Placement driver: three or more members that elect a leader, give timestamps and decide where data lies.",
  store: "One TiKV process with its disk; it holds replicas of many regions and leads some of them.",
  region: "A range of keys, replicated on three stores by Raft; its leader serves it.",
  raft: "The protocol by which a region's replicas agree; a write is done when a majority has it on disk.",
  raftstore: "The part of a store that appends to the Raft log and sends messages to the other stores.",
  "balance-leader": "The scheduler of PD that spreads leaders over the stores.",
  "hot spot": "A range that is asked for so much that the store which leads it cannot keep up.",
  "slow score": "From 1 to 100, what a store says of the speed of its own disk; at 100 PD moves its leaders away.",
  "flow control": "How a store holds writers back while compaction is behind.",
  tombstone: "A store that was removed for good.",
  "resolved timestamp": "The timestamp up to which a store has everything.",
};
