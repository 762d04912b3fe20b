/** Settings that all nodes share: every change is pushed, and a poll finds changes whose push was lost. */

import { messageOf } from "../../core/text/errors.ts";
import { excerptOf } from "../../core/text/excerpt.ts";
import { systemClock } from "../../io/clock.ts";
import type { log } from "../../io/log.ts";
import { connectRedis, type RedisClient } from "../../io/redis.ts";
import type { RedisTarget } from "../../io/redis-address.ts";
import { describeTrouble, type RedisTrouble, troubleIn } from "../../io/redis-trouble.ts";
import { awaitReady, refusalWordOf } from "../decide/redis/ask-redis.ts";
import { type Entries, entryName, isAnnouncement } from "./settings-entry.ts";
import {
  dropSettings,
  parsePush,
  readSettings,
  readVersion,
  restoreSettings,
  SETTINGS_CHANNEL,
  type SettingsChange,
  type SettingsOrder,
  type SettingsReading,
  sendChange,
  VERSION,
} from "./settings-redis.ts";
import { REMEMBERED_US, type SettingsState } from "./settings-state.ts";

/** The shared settings as one node sees and changes them. */
export interface SharedSettings extends AsyncDisposable {
  /** Version of the newest change that this node knows, in microseconds of Redis time; 0 before the first. */
  readonly versionUs: number;
  /** Number of fields in Redis that are not valid settings. */
  readonly unreadable: number;
  /** Why changes are not pushed or pushes not received, so that they are polled; `undefined` while pushing works. */
  readonly pushTrouble: RedisTrouble | undefined;
  /**
   * Changes entries for all nodes, at once or not at all; `undefined` deletes. This node enforces the change when the
   * promise resolves.
   * @throws {ProbeError} If Redis does not confirm it in time.
   */
  change(values: SettingsOrder["values"]): Promise<void>;
  /**
   * Makes every node drop what it has cached for a key.
   * @throws {ProbeError} If Redis does not confirm it in time.
   */
  announceReset(key: string): Promise<void>;
}

/** What the shared settings work with. */
export interface SharedSettingsOptions {
  readonly redisUrl: RedisTarget;
  /** For calls; the push has a separate connection. */
  readonly redis: RedisClient;
  readonly state: SettingsState;
  /** Called with the names of changed entries; with `undefined` if they are not known. */
  readonly onChange: (names: readonly string[] | undefined) => void;
  readonly log: typeof log;
  /** Milliseconds between two polls of the version. @default {300} */
  readonly pollMs?: number;
}

/** Opens the shared settings; they have been read when it resolves, if Redis answers. */
export async function openSharedSettings(options: SharedSettingsOptions): Promise<SharedSettings> {
  const shared = new RedisSettings(options);
  await shared.start();
  return shared;
}

/** Failed polls in a row after which a warning is logged. */
const TELLING_FAILURES = 2;
/** Milliseconds after which a refused subscription is retried. */
const RESUBSCRIBE_MS = 5000;

class RedisSettings implements SharedSettings {
  versionUs = 0;
  unreadable = 0;
  #tellTrouble: RedisTrouble | undefined;
  #hearTrouble: RedisTrouble | undefined;
  #subscribedMs = Number.NEGATIVE_INFINITY;
  readonly #options: SharedSettingsOptions;
  readonly #subscriber: RedisClient;
  readonly #stop = new AbortController();
  #polling: Promise<void> = Promise.resolve();
  #reading: Promise<void> = Promise.resolve();
  #nextReading: Promise<void> | undefined;
  #inTouchMs = systemClock.monotonic();

  constructor(options: SharedSettingsOptions) {
    this.#options = options;
    this.#subscriber = connectRedis(options.redisUrl, { commandTimeoutMs: Number.POSITIVE_INFINITY });
  }

  async start(): Promise<void> {
    const { redis, log } = this.#options;
    this.#subscriber.on("message", (_channel: string, message: string) => this.#receivePush(message));
    this.#subscriber.on("ready", () => void this.#subscribe());
    await awaitReady(redis);
    await this.#readAll().catch((error) => log.warn("Started without shared settings", { reason: messageOf(error) }));
    this.#polling = this.#poll();
  }

  get pushTrouble(): RedisTrouble | undefined {
    return this.#tellTrouble ?? this.#hearTrouble;
  }

  async change(values: SettingsOrder["values"]): Promise<void> {
    await this.#send(values, "store");
  }

  async announceReset(key: string): Promise<void> {
    await this.#send(new Map([[entryName.reset(key), undefined]]), "announce");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#subscriber.disconnect();
    await this.#polling;
    await this.#reading.catch(() => undefined);
  }

  async #send(values: SettingsOrder["values"], mode: SettingsOrder["mode"]): Promise<void> {
    const { redis, state } = this.#options;
    const knownVersion = Math.max(this.versionUs, state.newestUs);
    const change = await sendChange(redis, { values, mode, knownVersion });
    this.#notePush(() => (this.#tellTrouble = change.pushTrouble));
    // The change has taken effect, so a failure from here on is retried and reported by the poll.
    await this.#receive(change).catch(() => this.#takeOver(change.entries));
  }

  /** After a failure the poll finds changes; the subscription is retried after a while and by the next connection. */
  async #subscribe(): Promise<void> {
    this.#subscribedMs = systemClock.monotonic();
    let trouble: RedisTrouble | undefined;
    try {
      await this.#subscriber.subscribe(SETTINGS_CHANNEL);
    } catch (error) {
      trouble = refusalWordOf(error) === undefined ? undefined : troubleIn(error);
    }
    this.#notePush(() => (this.#hearTrouble = trouble));
  }

  #notePush(note: () => void): void {
    const before = this.pushTrouble;
    note();
    const { pushTrouble: now } = this;
    if (now === before) return;
    const { log } = this.#options;
    if (now) log.warn("Changes of settings are not pushed; nodes poll for them", { reason: describeTrouble(now) });
    else log.info("Changes of settings are pushed again");
  }

  #receivePush(message: string): void {
    const change = parsePush(message);
    // A failure is retried and reported by the poll.
    if (change) this.#receive(change).catch(() => undefined);
  }

  /** Takes over one change if it directly follows the known version, or else reads everything. */
  async #receive({ previous, version, entries }: SettingsChange): Promise<void> {
    if (version === this.versionUs) return;
    if (previous !== this.versionUs) return await this.#readAll();
    this.versionUs = version;
    const names = this.#takeOver(entries);
    this.#options.log.info("Settings changed", { version, names });
  }

  #takeOver(entries: Entries): readonly string[] {
    const { state, onChange } = this.#options;
    state.merge(new Map([...entries].filter(([name]) => !isAnnouncement(name))));
    const names = [...entries.keys()];
    onChange(names);
    return names;
  }

  /** One reading at a time; a caller during a reading gets the next one, which sees everything written by then. */
  #readAll(): Promise<void> {
    this.#nextReading ??= this.#reading
      .catch(() => undefined)
      .then(() => {
        this.#nextReading = undefined;
        this.#reading = this.#readNow();
        return this.#reading;
      });
    return this.#nextReading;
  }

  async #readNow(): Promise<void> {
    const { redis, state, onChange, log } = this.#options;
    let reading = await this.#readReadable();
    if (systemClock.monotonic() - this.#inTouchMs > REMEMBERED_US / 1000) state.clear();
    this.#inTouchMs = systemClock.monotonic();
    state.merge(reading.entries);
    // An entry that is not written is newer in Redis but invalid: this node keeps the entry that it knows.
    while ((await restoreSettings(redis, state.newerThan(reading.entries, reading.nowUs))) > 0) {
      reading = await this.#readReadable();
      state.merge(reading.entries);
    }
    this.versionUs = reading.version;
    log.info("Settings read", { version: reading.version, entries: reading.entries.size });
    onChange(undefined);
    await dropSettings(redis, state.prune(reading.nowUs));
  }

  /** Without a readable version no change could be made, so an unreadable one is removed. */
  async #readReadable(): Promise<SettingsReading> {
    const { redis, log } = this.#options;
    const reading = await readSettings(redis);
    const { unreadable } = reading;
    this.unreadable = unreadable.length;
    if (unreadable.length > 0) {
      log.warn("Ignored shared settings that cannot be read", {
        count: unreadable.length,
        names: unreadable.slice(0, 5).map((name) => excerptOf(name)),
      });
    }
    if (unreadable.includes(VERSION)) await dropSettings(redis, [VERSION]);
    return reading;
  }

  /** Logs a failure only when it repeats: a replaced connection makes one poll fail. */
  async #poll(): Promise<void> {
    const { log, pollMs = 300 } = this.#options;
    const { signal } = this.#stop;
    let failures = 0;
    while (!signal.aborted) {
      await systemClock.sleep(pollMs, signal).catch(() => undefined);
      const failure: unknown = await this.#look().catch((error: unknown) => error);
      if (failure === undefined && failures >= TELLING_FAILURES) log.info("Shared settings can be read again");
      failures = failure === undefined ? 0 : failures + 1;
      if (failures === TELLING_FAILURES && !signal.aborted) {
        log.warn("Cannot read shared settings", { reason: messageOf(failure) });
      }
    }
  }

  async #look(): Promise<void> {
    if (this.#hearTrouble && systemClock.monotonic() - this.#subscribedMs > RESUBSCRIBE_MS) void this.#subscribe();
    const version = await readVersion(this.#options.redis);
    if (version !== this.versionUs) return await this.#readAll();
    this.#inTouchMs = systemClock.monotonic();
  }
}
