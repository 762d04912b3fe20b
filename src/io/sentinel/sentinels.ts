/** Finds the primary by its Sentinels, all of which are polled over persistent connections. */

import { setTimeout as delay } from "node:timers/promises";
import type { HostPort } from "../system/tcp.ts";
import { choosePrimary, isAgreed, isSame, type KnownPrimary, type SentinelAnswer } from "./choose-primary.ts";
import { Sentinel } from "./sentinel.ts";

/** The Sentinels, and the name of the primary. */
export interface SentinelsPlace {
  readonly hosts: readonly HostPort[];
  /** Name of the primary. */
  readonly name: string;
  /** Password of the Sentinels. */
  readonly password: string | undefined;
}

/** Milliseconds between two rounds, and while no primary is known. */
const ASK_EVERY_MS = 500;
const SEEK_EVERY_MS = 100;
/** Milliseconds that one round waits for answers. */
const ROUND_MS = 300;
/** Milliseconds for which the result of a round is valid. */
const TRUSTED_FOR_MS = 2000;
/** Maximum of Sentinels learned from others. */
const MAX_LEARNED = 16;

/** The Sentinels in use, by address. */
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

  /** Calls `onMoved` whenever the Sentinels at an address name another primary, until {@linkcode leave}. */
  static follow(place: SentinelsPlace, onMoved: () => void): Sentinels {
    const key = JSON.stringify(place);
    const sentinels = followed.get(key) ?? new Sentinels(place);
    followed.set(key, sentinels);
    sentinels.#followers.add(onMoved);
    return sentinels;
  }

  /** Undoes {@linkcode follow}. Without followers, the Sentinels are no longer polled. */
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

  /** Whether the result is recent, so that a process that was stopped asks the Sentinels before it writes again. */
  get isUpToDate(): boolean {
    return performance.now() - this.#askedMs < TRUSTED_FOR_MS;
  }

  /**
   * Asks for the primary again. While no Sentinel answers, the last known one is kept.
   * @throws {Error} If no Sentinel ever named one, with the error of one of them.
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
    // A process that was stopped meanwhile has not read the answers yet.
    if (performance.now() - beganMs < TRUSTED_FOR_MS) this.#askedMs = performance.now();
    const before = this.#known;
    this.#known = choosePrimary(answers, { known: before, listed: this.#place.hosts.length });
    if (!before || isSame(before.primary, this.#known?.primary)) return;
    for (const onMoved of this.#followers) onMoved();
  }

  /** The answers that arrive in time; stops waiting once more than half of all agree. */
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
