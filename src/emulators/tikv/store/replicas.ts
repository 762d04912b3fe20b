/**
 * The replicas that a store holds, and Raft as far as it shows: a leader speaks to the others once a second, a replica that
 * hears from none for ten seconds stands for election, and one that reaches no majority steps down.
 */

import type { Command, RaftMessage, RaftReply, RegionMeta, VoteReply, VoteRequest } from "../protocol.ts";
import type { ReplicaEvent } from "./event-lines.ts";
import { lagAfter } from "./physics.ts";
import {
  begin,
  downOf,
  ELECTION_MS,
  electionMs,
  heirOf,
  isOlder,
  learn,
  merged,
  middleOf,
  noteTrouble,
  PENDING_ENTRIES,
  peersAfter,
  pendingOf,
  type Replica,
  replicaOf,
} from "./replica.ts";

/** Milliseconds for which a leader has its lease. */
const LEASE_MS = 9_000;

/** Seconds of silence after which a replica is reported as down: `max-peer-down-duration` is ten minutes in TiKV. */
export const PEER_DOWN_SECONDS = 600;

/** How messages reach another store. */
export interface Post {
  /** `undefined` where no answer comes. */
  readonly raft: (storeId: number, message: RaftMessage) => Promise<RaftReply | undefined>;
  readonly vote: (storeId: number, request: VoteRequest) => Promise<VoteReply | undefined>;
}

/** What happens to replicas, for the log. */
export type Tell = (event: ReplicaEvent, replica: Replica) => void;

/** All replicas of one store. */
export class Replicas {
  readonly storeId: number;
  readonly #post: Post;
  readonly #tell: Tell;
  readonly #replicas = new Map<number, Replica>();
  readonly #peerDownSeconds: number;

  constructor(options: {
    readonly storeId: number;
    readonly post: Post;
    readonly tell: Tell;
    readonly peerDownSeconds: number;
  }) {
    this.storeId = options.storeId;
    this.#post = options.post;
    this.#tell = options.tell;
    this.#peerDownSeconds = options.peerDownSeconds;
  }

  all(): readonly Replica[] {
    return [...this.#replicas.values()];
  }

  led(): readonly Replica[] {
    return this.all().filter(({ leads }) => leads);
  }

  get(id: number): Replica | undefined {
    return this.#replicas.get(id);
  }

  /** The replica of the region that a key lies in. */
  at(key: string): Replica | undefined {
    return this.all().find(({ meta }) => meta.startKey <= key && (meta.endKey === "" || key < meta.endKey));
  }

  /** Holds a replica from then on. */
  hold(meta: RegionMeta, { leads = false, term = 1, index = 0 } = {}): Replica {
    const replica = replicaOf(meta, { term, index });
    if (leads) begin(replica, this.storeId);
    this.#replicas.set(meta.id, replica);
    return replica;
  }

  /** Speaks to the other replicas of what it leads. */
  async beat(): Promise<ReadonlyMap<number, RaftReply>> {
    const byStore = new Map<number, Replica[]>();
    for (const replica of this.led()) {
      for (const { storeId } of replica.meta.peers) {
        if (storeId !== this.storeId) byStore.set(storeId, [...(byStore.get(storeId) ?? []), replica]);
      }
    }
    const replies = new Map<number, RaftReply>();
    await Promise.all(
      [...byStore].map(async ([storeId, replicas]) => {
        const regions = replicas.map(({ meta, term, index, writesPerSecond }) => ({
          meta,
          term,
          index,
          writesPerSecond,
        }));
        const reply = await this.#post.raft(storeId, { from: this.storeId, regions });
        if (!reply) return;
        replies.set(storeId, reply);
        for (const { id, term, matched } of reply.regions) this.#noteAnswer(storeId, { id, term, matched });
      }),
    );
    this.#stepDownAlone();
    return replies;
  }

  /** Takes a leader's message about the regions that both hold. */
  receive({ from, regions }: RaftMessage, secondsSinceLast: number): RaftReply["regions"] {
    return regions.map(({ meta, term, index, writesPerSecond }) => {
      // A learner begins with nothing; a voter that is new here came by a split, with all that the former region had.
      const began = this.#isVoter(meta) ? { term, index } : { term };
      const replica = this.#replicas.get(meta.id) ?? this.hold(meta, began);
      if (term < replica.term) return { id: meta.id, term: replica.term, matched: replica.index };
      if (replica.leads && term > replica.term) this.#follow(replica);
      replica.term = term;
      learn(replica, meta);
      replica.leads = false;
      replica.leaderStoreId = from;
      replica.heardMs = performance.now();
      replica.writesPerSecond = writesPerSecond;
      replica.index = index - Math.floor(lagAfter(Math.max(0, index - replica.index), secondsSinceLast));
      return { id: meta.id, term, matched: replica.index };
    });
  }

  /** Gives its vote, or not. */
  vote({ from, regionId, term, index, confVer, version, isTransfer }: VoteRequest): VoteReply {
    const replica = this.#replicas.get(regionId);
    if (!replica || term <= replica.votedIn) return { granted: false, term: replica?.votedIn ?? 0 };
    const hasLeader = replica.leads || performance.now() - replica.heardMs < LEASE_MS;
    const isBehind = index < replica.index - PENDING_ENTRIES || isOlder({ confVer, version }, replica.meta);
    if ((hasLeader && !isTransfer) || isBehind) return { granted: false, term: replica.votedIn };
    replica.votedIn = term;
    if (replica.leads) this.#follow(replica);
    replica.leaderStoreId = from;
    replica.heardMs = performance.now();
    return { granted: true, term };
  }

  /** Those that have heard of no leader for too long. */
  leaderless(): readonly Replica[] {
    const now = performance.now();
    return this.all().filter(({ leads, heardMs, standMs }) => !leads && now - heardMs > standMs);
  }

  /** Stands for election wherever that is due and this store may lead. */
  async standWhereDue(): Promise<void> {
    const due = this.leaderless().filter(({ meta }) => this.#isVoter(meta));
    await Promise.all(due.map((replica) => this.stand(replica, false)));
  }

  /** Stands at the wish of its leader, which tells what it knows of the region. */
  async standFor(meta: RegionMeta): Promise<boolean> {
    const replica = this.#replicas.get(meta.id);
    if (!replica) return false;
    learn(replica, meta);
    return await this.stand(replica, true);
  }

  /** Asks the other replicas for their votes. */
  async stand(replica: Replica, isTransfer: boolean): Promise<boolean> {
    replica.heardMs = performance.now();
    replica.standMs = electionMs();
    this.#tell("election", replica);
    const term = Math.max(replica.term, replica.votedIn) + 1;
    replica.votedIn = term;
    const { id, peers } = replica.meta;
    const voters = peers.filter(({ isLearner, storeId }) => !isLearner && storeId !== this.storeId);
    const { confVer, version } = replica.meta;
    const request = { from: this.storeId, regionId: id, term, index: replica.index, confVer, version, isTransfer };
    const replies = await Promise.all(voters.map(({ storeId }) => this.#post.vote(storeId, request)));
    const votes = 1 + replies.filter((reply) => reply?.granted).length;
    replica.votedIn = Math.max(replica.votedIn, ...replies.map((reply) => reply?.term ?? 0));
    if (votes <= (voters.length + 1) / 2 || replica.term > term) return false;
    this.#lead(replica, term);
    return true;
  }

  /** Does what PD wants of a region that this store leads. */
  async obey(
    command: Exclude<Command, { readonly do: "merge-into" }>,
    askToStand: (storeId: number, meta: RegionMeta) => Promise<boolean>,
  ): Promise<void> {
    const replica = this.#replicas.get(command.regionId);
    if (!replica?.leads) return;
    if (command.do === "split") return this.#split(replica, command);
    // A leader does not remove itself: the next leader is asked again.
    const heir = heirOf(replica.meta, command, this.storeId);
    if (heir === undefined) return this.#change(replica, peersAfter(replica.meta, command));
    if (await askToStand(heir, replica.meta)) this.#follow(replica);
  }

  /** Takes over the range of a neighbour whose replicas lie on the same stores. */
  absorb(target: Replica, source: RegionMeta): void {
    target.meta = merged(target.meta, source);
    target.isNews = true;
    this.#replicas.delete(source.id);
  }

  /** Of those without a leader, holds only these any longer. */
  keepOnly(ids: ReadonlySet<number>): void {
    for (const { meta } of this.leaderless()) if (!ids.has(meta.id)) this.#replicas.delete(meta.id);
  }

  /** Seconds for which other replicas have not answered, where PD is told of it. */
  downOf(replica: Replica): ReturnType<typeof downOf> {
    return downOf(replica, this.storeId, this.#peerDownSeconds);
  }

  /** Whether other replicas are down or behind than when this was last asked. */
  hasNewTrouble(replica: Replica): boolean {
    return noteTrouble(replica, [this.downOf(replica).map(({ storeId }) => storeId), pendingOf(replica, this.storeId)]);
  }

  #noteAnswer(
    storeId: number,
    { id, term, matched }: { readonly id: number; readonly term: number; readonly matched: number },
  ): void {
    const replica = this.#replicas.get(id);
    if (!replica?.leads) return;
    if (term > replica.term) {
      replica.term = term;
      this.#follow(replica);
      return;
    }
    replica.others.set(storeId, { matched, answeredMs: performance.now() });
  }

  /** A leader that a majority has not answered for ten seconds is none (`check-quorum`). */
  #stepDownAlone(): void {
    const now = performance.now();
    for (const replica of this.led()) {
      const voters = replica.meta.peers.filter(({ isLearner }) => !isLearner);
      const reached = voters.filter(({ storeId }) => {
        const answeredMs = replica.others.get(storeId)?.answeredMs ?? Number.NEGATIVE_INFINITY;
        return storeId === this.storeId || now - answeredMs < ELECTION_MS;
      });
      if (reached.length > voters.length / 2) replica.heardMs = now;
      else if (now - replica.heardMs > ELECTION_MS) {
        this.#tell("quorum-lost", replica);
        this.#follow(replica);
      }
    }
  }

  #lead(replica: Replica, term: number): void {
    replica.term = term;
    begin(replica, this.storeId);
    this.#tell("leader", replica);
  }

  #follow(replica: Replica): void {
    replica.leads = false;
    replica.leaderStoreId = undefined;
    replica.heardMs = performance.now();
    replica.standMs = electionMs();
    this.#tell("follower", replica);
  }

  #change(replica: Replica, peers: RegionMeta["peers"]): void {
    replica.meta = { ...replica.meta, peers, confVer: replica.meta.confVer + 1 };
    for (const id of replica.others.keys()) if (peers.every(({ storeId }) => storeId !== id)) replica.others.delete(id);
    replica.isNews = true;
    this.#tell("conf-change", replica);
  }

  #split(replica: Replica, { key, newRegionId, newPeerIds }: Extract<Command, { readonly do: "split" }>): void {
    const { meta } = replica;
    const border = key ?? middleOf(meta.startKey, meta.endKey);
    if (border <= meta.startKey || (meta.endKey !== "" && border >= meta.endKey)) return;
    const version = meta.version + 1;
    const peers = meta.peers.map((peer, index) => ({ ...peer, id: newPeerIds[index] ?? peer.id }));
    const made = { id: newRegionId, startKey: border, endKey: meta.endKey, confVer: meta.confVer, version, peers };
    replica.meta = { ...meta, endKey: border, version };
    replica.isNews = true;
    const half = this.hold(made, { term: replica.term, index: replica.index });
    this.#lead(half, replica.term);
    this.#tell("split", replica);
  }

  #isVoter({ peers }: RegionMeta): boolean {
    return peers.some(({ storeId, isLearner }) => storeId === this.storeId && !isLearner);
  }
}
