/**
 * Which PD leads: by a majority of members that reach each other, with the timing of PD v8.5.7 on etcd. After the leader was
 * killed another one is elected within 3.8 to 5 s and serves when the old lease has run out, 12 to 13 s after the kill; a
 * leader that hands over is followed within half a second.
 */

import { requestJson } from "../../../io/http/http.ts";
import { MemberMessage, MemberReply } from "../protocol.ts";
import type { ReplicatedState } from "./replicated-state.ts";

/** One of the members. */
export interface MemberAddress {
  readonly name: string;
  /** `host:port` at which this member reaches it. */
  readonly address: string;
}

/** Who this member is, and who the others are. */
export interface MembersOptions {
  readonly name: string;
  readonly others: readonly MemberAddress[];
  readonly state: ReplicatedState;
  /** Called when this member begins or ceases to lead. */
  readonly onLead: (leads: boolean) => void;
  readonly log: (
    level: "INFO" | "WARN" | "ERROR",
    message: string,
    fields?: Readonly<Record<string, string | number>>,
  ) => void;
}

/** Milliseconds between two leases. */
const TICK_MS = 500;
/** Milliseconds after its start after which a member stands that has heard of no leader. */
const FIRST_ELECTION_MS = 800;
/** Milliseconds without a lease after which a member stands for election. */
const ELECTION_MS = 3800;
/** Milliseconds after the last lease at which the next leader serves: etcd's election, and what is left of PD's own lease. */
const SERVE_AFTER_MS = 12_000;
/** Milliseconds without a majority after which a leader ceases to serve. */
const QUORUM_LOST_MS = 4000;
/** Milliseconds that another member may take. */
const TIMEOUT_MS = 1500;
/** Changes sent at once. */
const MAX_CHANGES = 5000;

/** The members as one of them sees them. */
export class Members {
  readonly #options: MembersOptions;
  #term = 0;
  #votedIn = 0;
  #leader: string | undefined;
  /** By `performance.now()`: when a lease of a leader was last heard, or as a leader last confirmed by a majority. */
  #heardMs = performance.now();
  #standMs = FIRST_ELECTION_MS + Math.random() * 1200;
  /** By `performance.now()`: the last lease of another leader; absent where none was ever heard of. */
  #lastLeaseMs: number | undefined;
  #serveAtMs: number | undefined;
  readonly #known = new Map<string, number>();
  #ticking = false;

  constructor(options: MembersOptions) {
    this.#options = options;
  }

  /** Name of the leader, as far as this member knows one. */
  get leader(): string | undefined {
    return this.#leader;
  }

  /** Whether this member leads and serves. */
  get leads(): boolean {
    return this.#leader === this.#options.name;
  }

  /** Whether a member is elected that does not serve yet. */
  get isElected(): boolean {
    return this.#serveAtMs !== undefined;
  }

  /** Does what is due: sends leases, stands for election, or begins to serve. */
  async tick(): Promise<void> {
    if (this.#ticking) return;
    this.#ticking = true;
    try {
      const now = performance.now();
      if (this.leads || this.#serveAtMs !== undefined) await this.#lease();
      else if (now - this.#heardMs > this.#standMs) await this.#stand();
      if (this.#serveAtMs !== undefined && performance.now() >= this.#serveAtMs) this.#serve();
    } finally {
      this.#ticking = false;
    }
  }

  /** Milliseconds between two ticks. */
  get everyMs(): number {
    return TICK_MS;
  }

  /** Takes a message of another member. */
  receive(message: MemberMessage): MemberReply {
    const { name, state } = this.#options;
    const reply = (accepted: boolean): MemberReply => ({ name, term: this.#term, accepted, index: state.index });
    if (message.term < this.#term) return reply(false);
    if (message.kind === "vote" || message.kind === "takeover") {
      const hasLeader = this.#leader !== undefined && performance.now() - this.#heardMs < ELECTION_MS;
      const isLeased = message.kind === "vote" && (hasLeader || this.#serveAtMs !== undefined);
      if (isLeased || message.term <= this.#votedIn || message.index < state.index) {
        return { ...reply(false), term: Math.max(this.#term, this.#votedIn) };
      }
      this.#votedIn = message.term;
      this.#heardMs = performance.now();
      this.#stepDown(undefined);
      return reply(true);
    }
    this.#term = message.term;
    this.#heardMs = performance.now();
    // What runs out before the next one serves is the lease of one that served.
    if (message.kind === "lease") this.#lastLeaseMs = this.#heardMs;
    if (message.kind === "hand-over") {
      void this.#standNow();
      return reply(true);
    }
    // A member that is elected and does not serve yet leads nobody.
    if (message.kind === "lease") this.#stepDown(message.from);
    state.adopt(message.changes);
    return reply(true);
  }

  /** Lets another member lead; half a second later it does. */
  async handOver(to?: string): Promise<boolean> {
    const { others, name, state } = this.#options;
    const candidates = others.filter((other) => to === undefined || other.name === to);
    for (const other of candidates) {
      const message: MemberMessage = {
        from: name,
        term: this.#term,
        kind: "hand-over",
        index: state.index,
        changes: [],
      };
      const reply = await this.#send(other, message);
      if (!reply?.accepted) continue;
      this.#stepDown(undefined);
      this.#heardMs = performance.now();
      await Bun.sleep(TICK_MS);
      return true;
    }
    return false;
  }

  /** Sends what has changed without waiting for the next tick; whether a majority has it. */
  replicate(): Promise<boolean> {
    return this.#lease();
  }

  async #lease(): Promise<boolean> {
    const { others, name, state } = this.#options;
    const replies = await Promise.all(
      others.map(async (other) => {
        const from = this.#known.get(other.name) ?? -1;
        const changes = [...state.changesAfter(from, MAX_CHANGES)];
        const reply = await this.#send(other, {
          from: name,
          term: this.#term,
          kind: this.leads ? "lease" : "campaign",
          index: state.index,
          changes,
        });
        if (reply) this.#known.set(other.name, reply.index);
        else this.#known.delete(other.name);
        return reply;
      }),
    );
    const newest = Math.max(this.#term, ...replies.map((reply) => reply?.term ?? 0));
    if (newest > this.#term) {
      this.#term = newest;
      this.#options.log("ERROR", "no longer a leader because lease has expired, pd leader will step down");
      this.#stepDown(undefined);
      this.#heardMs = performance.now();
      return false;
    }
    const now = performance.now();
    const isMajority = 1 + replies.filter((reply) => reply?.accepted).length > (others.length + 1) / 2;
    if (isMajority) this.#heardMs = now;
    else if (now - this.#heardMs > QUORUM_LOST_MS) this.#stepDown(undefined);
    return isMajority;
  }

  async #stand(): Promise<void> {
    // Who does not win tries again a little later.
    this.#heardMs = performance.now() - this.#standMs + 1000 + Math.random() * 1000;
    if (!(await this.#win("vote"))) return;
    // The first leader of all need not wait for the lease of another one.
    const lastMs = this.#lastLeaseMs ?? Number.NEGATIVE_INFINITY;
    this.#serveAtMs = Math.max(performance.now(), lastMs + SERVE_AFTER_MS + Math.random() * 600);
    this.#options.log("INFO", "start to campaign PD leader", { "campaign-leader-name": this.#options.name });
  }

  async #standNow(): Promise<void> {
    if (await this.#win("takeover")) this.#serve();
  }

  /** Asks for votes; one that does not win keeps its term, so that it disturbs no leader that others have elected. */
  async #win(kind: "vote" | "takeover"): Promise<boolean> {
    const { others, name, state } = this.#options;
    const term = Math.max(this.#term, this.#votedIn) + 1;
    this.#votedIn = term;
    const message: MemberMessage = { from: name, term, kind, index: state.index, changes: [] };
    const replies = await Promise.all(others.map((other) => this.#send(other, message)));
    this.#votedIn = Math.max(this.#votedIn, ...replies.map((reply) => reply?.term ?? 0));
    const votes = 1 + replies.filter((reply) => reply?.accepted).length;
    if (votes <= (others.length + 1) / 2 || this.#term > term) return false;
    this.#term = term;
    this.#heardMs = performance.now();
    return true;
  }

  #serve(): void {
    const { name, onLead, log } = this.#options;
    this.#serveAtMs = undefined;
    this.#leader = name;
    this.#heardMs = performance.now();
    log("INFO", "campaign PD leader ok", { "campaign-leader-name": name });
    log("INFO", "PD leader is ready to serve", { "leader-name": name });
    onLead(true);
  }

  #stepDown(leader: string | undefined): void {
    const { name, onLead, log } = this.#options;
    const led = this.#leader === name;
    this.#serveAtMs = undefined;
    if (this.#leader !== leader && leader !== undefined)
      log("INFO", "pd leader has changed, try to re-campaign a pd leader", { leader });
    // A follower goes on passing requests to a leader that it does not know to be replaced.
    if (leader !== undefined || led) this.#leader = leader;
    this.#standMs = ELECTION_MS + Math.random() * 1200;
    if (led) onLead(false);
  }

  async #send({ address }: MemberAddress, message: MemberMessage): Promise<MemberReply | undefined> {
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      return await requestJson(`http://${address}/emulator/member`, MemberReply, {
        method: "POST",
        body: message,
        signal,
        timeoutMs: TIMEOUT_MS,
      });
    } catch {
      return undefined;
    }
  }
}
