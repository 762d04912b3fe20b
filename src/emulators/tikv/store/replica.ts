/** One replica of a region, as the store that holds it knows it. */

import type { Command, RegionMeta } from "../protocol.ts";

/** A replica. */
export interface Replica {
  meta: RegionMeta;
  term: number;
  votedIn: number;
  leads: boolean;
  /** Store that leads it, as far as this one knows. */
  leaderStoreId: number | undefined;
  /** Entries of the log, all terms together. */
  index: number;
  /** By `performance.now()`: when its leader was last heard, or as a leader a majority. */
  heardMs: number;
  /** Milliseconds without a leader after which this one stands. */
  standMs: number;
  /** Of the other replicas while it leads: what each has, and when it last answered. */
  readonly others: Map<number, { matched: number; answeredMs: number }>;
  /** Writes per second of it, as its leader told last; for a leader, as it counts itself. */
  writesPerSecond: number;
  /** Whether PD has not been told of a change yet. */
  isNews: boolean;
  /** Which other replicas were down or behind when that was last looked at. */
  trouble: string;
}

/** Ten ticks of a second, as in TiKV. */
export const ELECTION_MS = 10_000;

/** Entries by which a replica that is far behind is pending for PD. */
export const PENDING_ENTRIES = 2000;

/** A replica that begins to be held. */
export function replicaOf(
  meta: RegionMeta,
  { term, index }: { readonly term: number; readonly index: number },
): Replica {
  return {
    meta,
    term,
    votedIn: term,
    leads: false,
    leaderStoreId: undefined,
    index,
    heardMs: performance.now(),
    standMs: electionMs(),
    others: new Map(),
    writesPerSecond: 0,
    isNews: false,
    trouble: "[[],[]]",
  };
}

/** Begins to lead: the others are taken to be as far as they were last known to be. */
export function begin(replica: Replica, storeId: number): void {
  const now = performance.now();
  replica.leads = true;
  replica.leaderStoreId = storeId;
  replica.heardMs = now;
  replica.isNews = true;
  for (const { storeId: other } of replica.meta.peers) {
    if (other === storeId) continue;
    const matched = replica.others.get(other)?.matched ?? replica.index;
    replica.others.set(other, { matched, answeredMs: now });
  }
}

/** Seconds for which other replicas have not answered, where that is long. */
export function downOf(
  { others, meta }: Replica,
  storeId: number,
  longSeconds: number,
): readonly { readonly storeId: number; readonly seconds: number }[] {
  const now = performance.now();
  return meta.peers.flatMap(({ storeId: other }) => {
    if (other === storeId) return [];
    const seconds = (now - (others.get(other)?.answeredMs ?? now)) / 1000;
    return seconds >= longSeconds ? [{ storeId: other, seconds }] : [];
  });
}

/** Stores whose replica is far behind, or has not answered yet. */
export function pendingOf({ others, meta, index }: Replica, storeId: number): readonly number[] {
  return meta.peers.flatMap(({ storeId: other }) => {
    if (other === storeId) return [];
    return index - (others.get(other)?.matched ?? Number.NEGATIVE_INFINITY) > PENDING_ENTRIES ? [other] : [];
  });
}

/** Ten to twenty seconds, as in TiKV, drawn anew each time; most are near ten, since every replica draws. */
export function electionMs(): number {
  return ELECTION_MS + Math.random() * 3000;
}

/** A key in the middle of a range, of eight bytes more than its beginning. */
export function middleOf(startKey: string, endKey: string): string {
  const width = 18;
  const low = BigInt(`0x${startKey.padEnd(width, "0").slice(0, width) || "0"}`);
  const high =
    endKey === "" ? BigInt(`0x${"F".repeat(width)}`) : BigInt(`0x${endKey.padEnd(width, "0").slice(0, width)}`);
  return ((low + high) / 2n).toString(16).toUpperCase().padStart(width, "0");
}

/** A region with the range of its neighbour. */
export function merged(meta: RegionMeta, source: RegionMeta): RegionMeta {
  const startKey = source.endKey === meta.startKey && source.endKey !== "" ? source.startKey : meta.startKey;
  const endKey = meta.endKey === source.startKey && meta.endKey !== "" ? source.endKey : meta.endKey;
  return { ...meta, startKey, endKey, version: Math.max(meta.version, source.version) + 1 };
}

/** Remembers which other replicas are in trouble, and answers whether that is news. */
export function noteTrouble(replica: Replica, stores: readonly (readonly number[])[]): boolean {
  const trouble = JSON.stringify(stores);
  const isNew = replica.trouble !== trouble;
  replica.trouble = trouble;
  return isNew;
}

/** What tells an older region from a newer one. */
type Epoch = Pick<RegionMeta, "confVer" | "version">;

/** Whether one has missed a change that the other knows. */
export function isOlder(one: Epoch, other: Epoch): boolean {
  return one.confVer < other.confVer || one.version < other.version;
}

/** Takes what is newer. */
export function learn(replica: Replica, meta: RegionMeta): void {
  if (isOlder(replica.meta, meta)) replica.meta = meta;
}

/** Who is to lead next, where a command is done by letting another one lead; `undefined` where it is not. */
export function heirOf({ peers }: RegionMeta, command: Command, storeId: number): number | undefined {
  if (command.do === "transfer-leader") return command.toStoreId;
  if (command.do !== "remove-peer" || command.storeId !== storeId) return undefined;
  return peers.find((peer) => peer.storeId !== storeId && !peer.isLearner)?.storeId;
}

/** The replicas of a region when a command has been done. */
export function peersAfter({ peers }: RegionMeta, command: Command): RegionMeta["peers"] {
  switch (command.do) {
    case "add-peer":
      return [...peers.filter(({ storeId }) => storeId !== command.peer.storeId), command.peer];
    case "promote-peer":
      return peers.map((peer) => (peer.storeId === command.storeId ? { ...peer, isLearner: false } : peer));
    case "remove-peer":
      return peers.filter(({ storeId }) => storeId !== command.storeId);
    case "transfer-leader":
    case "split":
    case "merge-into":
      return peers;
  }
}
