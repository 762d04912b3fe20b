/** Where the primary is, by its Sentinels: all of them are asked over and over, on connections that are kept. */

import { setTimeout as delay } from "node:timers/promises";
import type { HostPort } from "../system/tcp.ts";
import { choosePrimary, isAgreed, isSame, type KnownPrimary, type SentinelAnswer } from "./choose-primary.ts";
import { Sentinel } from "./sentinel.ts";

/** Which Sentinels are asked, and for which primary. */
export interface SentinelsPlace {
  readonly hosts: readonly HostPort[];
  /** Name of the primary. */
  readonly name: string;
  /** Password of the Sentinels. */
  readonly password: string | undefined;
}

/** Milliseconds between two rounds of questions, and while no primary is known. */
const ASK_EVERY_MS = 500;
const SEEK_EVERY_MS = 100;
/** Milliseconds that one round waits for answers. */
const ROUND_MS = 300;
/** Milliseconds after which a round no longer says where the primary is. */
const TRUSTED_FOR_MS = 2000;
/** Sentinels that are learned from others at most. */
const MAX_LEARNED = 16;

/** The Sentinels of each place that somebody follows. */
const followed = new Map<string, Sentinels>();

/** The Sentinels of one primary, shared by all clients of this process that name the same. */
export class Sentinels {
  readonly #place: SentinelsPlace;
  readonly #members = new Map<string, Sentinel>();
  readonly #followers = new Set<() => void>();
  readonly #stop = new AbortController();
  #known: KnownPrimary | undefined;
  #isAnswered = false;
  #askedMs = Number.NEGATIVE_INFINITY;
  #round: Promise<void> | undefined;

  private constructor(place: SentinelsPlace) {
    this.#place = place;
    for (const host of place.hosts) this.#join(host, { isListed: true });
    void this.#askForEver();
  }

  /** Calls `onMoved` whenever the Sentinels of a place name another primary, until {@linkcode leave}. */
  static follow(place: SentinelsPlace, onMoved: () => void): Sentinels {
    const key = JSON.stringify(place);
    const sentinels = followed.get(key) ?? new Sentinels(place);
    followed.set(key, sentinels);
    sentinels.#followers.add(onMoved);
    return sentinels;
  }

  /** Ends what {@linkcode follow} began. Without followers nobody is asked any more. */
  leave(onMoved: () => void): void {
    this.#followers.delete(onMoved);
    if (this.#followers.size > 0 || this.#stop.signal.aborted) return;
    this.#stop.abort();
    followed.delete(JSON.stringify(this.#place));
    for (const member of this.#members.values()) member[Symbol.dispose]();
  }

  /** The primary, as far as it is known. */
  get primary(): HostPort | undefined {
    return this.#known?.primary;
  }

  /** Whether the Sentinels were asked just now, so that a process that was stopped asks before it writes again. */
  get isUpToDate(): boolean {
    return performance.now() - this.#askedMs < TRUSTED_FOR_MS;
  }

  /**
   * Asks anew where the primary is. While no Sentinel answers, it is where it was.
   * @throws {Error} If no Sentinel ever named one, with what one of them says.
   */
  async ask(): Promise<HostPort> {
    await this.#askAgain();
    if (this.#known) return this.#known.primary;
    const failures = [...this.#members.values()].flatMap(({ failure }) => failure ?? []);
    const told = failures.find(({ name }) => name === "ReplyError") ?? failures[0];
    throw told ?? Object.assign(new Error("No Sentinel names a primary"), { code: "no-sentinel" });
  }

  async #askForEver(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#askAll();
      const restMs = this.#known && this.isUpToDate ? ASK_EVERY_MS : SEEK_EVERY_MS;
      await delay(restMs, undefined, { signal, ref: false }).catch(() => undefined); // aborted: the loop ends
    }
  }

  /** One round that begins after this. */
  async #askAgain(): Promise<void> {
    await this.#round;
    await this.#askAll();
  }

  #askAll(): Promise<void> {
    this.#round ??= this.#askOnce().finally(() => (this.#round = undefined));
    return this.#round;
  }

  async #askOnce(): Promise<void> {
    const beganMs = performance.now();
    const answers = await this.#answers();
    this.#isAnswered = answers.length > 0;
    // A process that was stopped meanwhile has not read what came.
    if (performance.now() - beganMs < TRUSTED_FOR_MS) this.#askedMs = performance.now();
    const before = this.#known;
    this.#known = choosePrimary(answers, { known: before, listed: this.#place.hosts.length });
    if (!before || isSame(before.primary, this.#known?.primary)) return;
    for (const onMoved of this.#followers) onMoved();
  }

  /** What comes in time; no more is waited for once more than half of all agree. */
  #answers(): Promise<readonly SentinelAnswer[]> {
    const { promise, resolve } = Promise.withResolvers<readonly SentinelAnswer[]>();
    const answers: SentinelAnswer[] = [];
    const asked = [...this.#members.values()].map(async (member) => {
      const answer = await member.ask({ isNeeded: !this.#isAnswered });
      if (!answer) return;
      answers.push(answer);
      if (isAgreed(answers, this.#members.size)) resolve(answers);
    });
    void Promise.all(asked).then(() => resolve(answers));
    const timer = setTimeout(() => resolve(answers), ROUND_MS);
    return promise.finally(() => clearTimeout(timer));
  }

  #join({ host, port }: HostPort, { isListed }: { readonly isListed: boolean }): void {
    const address = `${host}:${port}`;
    const { hosts, name, password } = this.#place;
    if (this.#stop.signal.aborted || this.#members.has(address) || this.#members.size >= hosts.length + MAX_LEARNED)
      return;
    const onLearned = (others: readonly HostPort[]): void => {
      for (const other of others) this.#join(other, { isListed: false });
    };
    const onNews = (): void => void this.#askAgain();
    this.#members.set(address, new Sentinel({ host, port }, { name, password, isListed, onLearned, onNews }));
  }
}
