/** The observer's own connection to Redis, independent of the nodes: it tells a dead Redis from a cut link. It only reads. */

import { once } from "node:events";
import type { Redis } from "ioredis";
import { LIST_BYTES, namesBehind } from "../../../../lua/counter-windows.ts";
import type { Probed } from "../../../core/subject/probe.ts";
import { ProbeError } from "../../../core/text/errors.ts";
import { connectRedis, primaryAddress, type RedisClient, redisTrouble } from "../../../io/redis.ts";
import { parseRedisUrl, type RedisPlace, type RedisTarget } from "../../../io/redis-address.ts";
import { describeTrouble, type RedisTrouble, troubleIn } from "../../../io/redis-trouble.ts";
import { timeRunning } from "../../../io/running-time.ts";
import { acceptsTcp, formatHostPort, transcribe, type WireTranscript } from "../../../io/system/tcp.ts";
import { type CounterLife, longestOf, windowMsOf } from "../keys/counter-life.ts";
import { REDIS } from "../topology.ts";
import { addUpInfo, parseRedisInfo, type RedisInfo, UNTOLD } from "./redis-info.ts";
import { counterKeyOf, counterNamesOf, EVERY_NAME } from "./redis-keys.ts";
import { outcomeOf } from "./redis-outcome.ts";
import { askPrimary, keeperOf, mastersOf, type PrimaryAnswer, type RedisPrimary } from "./redis-primaries.ts";

/** One look at Redis. */
export interface RedisReading extends RedisInfo {
  /** The address that was read, behind Sentinels. */
  readonly address?: string;
  /** Milliseconds until the answer, without time in which the observer itself did not run. */
  readonly roundTripMs: number;
  /** The error code with which Redis refuses `INFO` to this observer; then every figure is unknown. */
  readonly infoRefused?: string;
  /** Keys that vanished although their time was not over, since the first reading. Absent in older readings. */
  readonly lostKeys?: number;
  /** Each primary separately; the figures above combine all that answer. Absent in older readings. */
  readonly primaries?: readonly RedisPrimary[];
}

/** Keys examined per round, so that a hundred thousand keys cost no more than a few hundred. */
const SCANNED_AT_ONCE = 2000;

/** The result of one round of the search for keys without expiry. */
export interface ScanRound {
  /** Counters without expiry that were found in this round. */
  readonly found: readonly string[];
  /** Whether this round reached the end of all keys. */
  readonly complete: boolean;
  readonly position: ScanPosition;
}

/** Position of a pass through all keys: a cursor for each primary. */
export type ScanPosition = readonly string[];

/** Commands that change nothing. */
export type ReadCommand = "CONFIG GET *" | "INFO everything" | "CLIENT LIST" | "SLOWLOG GET 16";

/** Reads Redis directly. */
export class RedisInspector implements AsyncDisposable {
  readonly #client: RedisClient;
  readonly #timeoutMs: number;
  readonly #place: RedisPlace;

  constructor(target: RedisTarget, timeoutMs: number) {
    this.#place = parseRedisUrl(typeof target === "string" ? target : target.url);
    this.#timeoutMs = timeoutMs;
    this.#client = connectRedis(target, { commandTimeoutMs: timeoutMs, connectTimeoutMs: timeoutMs });
  }

  /** Address of Redis: the primary named by the Sentinels, or else the first configured host. */
  get address(): string {
    const [host] = this.#place.hosts;
    return this.#primary ?? (host ? formatHostPort(host) : "");
  }

  /** Waits until the first attempt to connect has succeeded or failed. */
  async settled(): Promise<void> {
    const signal = AbortSignal.timeout(this.#timeoutMs);
    if (this.#client.status === "ready") return;
    await Promise.race([once(this.#client, "ready", { signal }), once(this.#client, "close", { signal })]).catch(
      () => undefined,
    );
  }

  /**
   * The reading of Redis; if it refuses `INFO` only, the fact that it answers. A primary of a Cluster that does not
   * answer does not hide the others.
   * @throws {ProbeError} If no primary answers in time, none is known, or Redis refuses every command.
   */
  read(signal: AbortSignal): Promise<RedisReading> {
    return this.#ask(signal, async () => {
      const address = this.#primary;
      const asked = Promise.all(mastersOf(this.#client).map((master) => askPrimary(this.#client, master)));
      const { value: answers, ranMs: roundTripMs } = await timeRunning(asked);
      const texts = answers.flatMap(({ info }) => ("text" in info ? [info.text] : []));
      const failures = answers.flatMap(({ info }) => ("failed" in info ? [info.failed] : []));
      const primaries = await Promise.all(answers.map((answer) => this.#judgePrimary(answer)));
      const infoRefused = failures.length > 0 ? partialRefusalOf(failures[0]) : undefined;
      const common = { roundTripMs, primaries, ...(address !== undefined && { address }) };
      if (infoRefused !== undefined) return { ...UNTOLD, ...common, infoRefused };
      if (texts.length === 0) throw failures[0];
      return { ...addUpInfo(texts.map(parseRedisInfo)), ...common };
    });
  }

  async #judgePrimary({ primary, info }: PrimaryAnswer): Promise<RedisPrimary> {
    const { component, address } = primary;
    if ("text" in info || component === REDIS || partialRefusalOf(info.failed) !== undefined) return primary;
    const told = troubleIn(info.failed);
    const isKnown = told !== undefined && !VAGUE.has(told);
    const signal = AbortSignal.timeout(this.#timeoutMs / 2);
    const trouble = isKnown ? told : await this.#troubleAt(address, signal);
    const failed = `Cannot ask Redis at "${address}": ${describeTrouble(trouble)}`;
    return { ...primary, failure: { failed, outcome: outcomeOf(trouble), word: trouble } };
  }

  /**
   * The remaining life of each key's counters, or why it cannot be read.
   * @throws {ProbeError} If Redis does not answer in time.
   */
  lives(keys: readonly string[], signal: AbortSignal): Promise<readonly Probed<CounterLife>[]> {
    return this.#ask(signal, () => Promise.all(keys.map((key) => this.#lifeOfKey(key))));
  }

  /**
   * Searches for counters without expiry, starting at a position; an empty one is the beginning.
   * @throws {ProbeError} If Redis does not answer in time.
   */
  scan(from: ScanPosition, signal: AbortSignal): Promise<ScanRound> {
    return this.#ask(signal, async () => {
      const rounds = await Promise.all(
        mastersOf(this.#client).map((master, index) => scanOne(master, from[index] ?? "0")),
      );
      const position = rounds.map(({ cursor }) => cursor);
      return {
        found: rounds.flatMap(({ found }) => found),
        complete: position.every((cursor) => cursor === "0"),
        position,
      };
    });
  }

  /**
   * Sends a read-only command to every primary; returns the replies by address.
   * @throws {ProbeError} If Redis does not answer in time, or refuses.
   */
  ask(command: ReadCommand, signal: AbortSignal): Promise<ReadonlyMap<string, unknown>> {
    const [name, ...words] = command.split(" ");
    return this.#ask(signal, async () => {
      const replies = mastersOf(this.#client).map(async (master) => {
        const { host = this.address, port } = master.options;
        return [`${host}:${port}`, await master.call(name ?? "", ...words)] as const;
      });
      return new Map(await Promise.all(replies));
    });
  }

  /**
   * The error with which Redis refuses a write; `undefined` if it accepts writes. Nothing is written: the command
   * replaces only an existing key, and Redis refuses before it looks for it.
   * @throws {ProbeError} If Redis does not answer in time.
   */
  writeRefusal(signal: AbortSignal): Promise<string | undefined> {
    return this.#ask(signal, async () => {
      try {
        await this.#client.set(`operator:absent:${crypto.randomUUID()}`, "", "PX", 1, "XX");
        return undefined;
      } catch (error) {
        if (isReply(error)) return error.message;
        throw error;
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.disconnect();
  }

  async #lifeOfKey(key: string): Promise<Probed<CounterLife>> {
    try {
      const names = counterNamesOf(key);
      const life = longestOf((await Promise.all(names.map((name) => this.#livesAt(name)))).flat());
      const primary = keeperOf(this.#client, names[0] ?? key);
      return { value: { ...life, ...(primary && { primary }) } };
    } catch (error) {
      // The other keys may be readable: Redis forbids one name, or one primary of several is down.
      if (!isReply(error) && this.#place.kind !== "cluster") throw error;
      const word = troubleIn(error) ?? (isReply(error) ? "ERR" : "not-connected");
      const failed = `${isReply(error) ? "Redis refuses to show" : "Cannot read"} the counter of "${key}": ${word}`;
      return { failed, outcome: outcomeOf(word), word };
    }
  }

  /** The counter at a name, or those of several windows; the list of windows counts only if it has no expiry. */
  async #livesAt(name: string): Promise<readonly CounterLife[]> {
    const value = this.#client.getrangeBuffer(name, 0, LIST_BYTES - 1).catch((error: unknown) => {
      if (error instanceof Error && error.message.startsWith("WRONGTYPE")) return Buffer.alloc(0); // not a counter of the limiter
      throw error;
    });
    const [lifeMs, bytes] = await Promise.all([this.#client.pttl(name), value]);
    const names = namesBehind(name, bytes).filter((behind) => behind !== name);
    const life = { lifeMs, windowMs: windowMsOf(bytes) };
    if (names.length === 0) return [life];
    const lives = await Promise.all(names.map((behind) => this.#livesAt(behind)));
    return lifeMs === -1 ? [life, ...lives.flat()] : lives.flat();
  }

  get #primary(): string | undefined {
    return primaryAddress(this.#client);
  }

  async #ask<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
    // Behind Sentinels, the primary may have changed by the time of the failure.
    const [address, primary] = [this.address, this.#primary];
    try {
      signal.throwIfAborted();
      return await call();
    } catch (error) {
      const trouble = await this.#troubleOf(error);
      const asked = this.#place.kind === "sentinel" && primary === undefined ? "Sentinel" : "Redis";
      throw new ProbeError(`Cannot ask ${asked} at "${address}": ${describeTrouble(trouble)}`, {
        outcome: outcomeOf(trouble),
        address: primary,
        ...(trouble !== "silent" && { word: trouble }),
      });
    }
  }

  /** The reason in the failure; without one, the known trouble of the connection, or else how the port behaves. */
  async #troubleOf(error: unknown): Promise<RedisTrouble> {
    const own = troubleIn(error) ?? redisTrouble(this.#client);
    // The command was sent before the password was refused.
    if (own === "NOAUTH" && this.#place.password !== undefined) return "WRONGPASS";
    if (own !== undefined && !VAGUE.has(own)) return own;
    const { kind, tls } = this.#place;
    const signal = AbortSignal.timeout(this.#timeoutMs / 2);
    // The answer of a Sentinel, a seed or a TLS port to PING says nothing about the primaries.
    const isPrimary = kind === "standalone" || this.#primary !== undefined;
    if (tls || !isPrimary) return (await acceptsTcp(this.address, signal)) ? "silent" : "ECONNREFUSED";
    return await this.#troubleAt(this.address, signal);
  }

  /** What the port of a server tells of it. */
  async #troubleAt(address: string, signal: AbortSignal): Promise<RedisTrouble> {
    const { tls, password } = this.#place;
    if (tls) return (await acceptsTcp(address, signal)) ? "silent" : "ECONNREFUSED";
    const wire = await transcribe(address, { send: "PING\r\n", signal });
    // An observer with a password is refused here, too.
    return password === undefined && wire.beginning.startsWith("-NOAUTH ") ? "NOAUTH" : troubleOnWire(wire);
  }
}

/** Redis answers with something unexpected: neither a crash nor a hang. */
function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === "ReplyError";
}

/** The error code of a refusal of one command, while others may be answered. */
function partialRefusalOf(error: unknown): RedisTrouble | undefined {
  const trouble = troubleIn(error);
  const isUnknown = isReply(error) && /unknown (?:command|subcommand)/i.test(error.message);
  return trouble === "NOPERM" || (trouble === "ERR" && isUnknown) ? trouble : undefined;
}

/** The trouble of a connection that has ended, whatever listens at the address now. */
const VAGUE: ReadonlySet<RedisTrouble> = new Set(["silent", "not-connected", "ECONNRESET"]);

function troubleOnWire({ connectedMs, firstByteMs, closed, beginning }: WireTranscript): RedisTrouble {
  if (connectedMs === undefined) return "ECONNREFUSED";
  if (firstByteMs === undefined) return closed ? "ECONNRESET" : "silent";
  // It speaks the protocol of Redis, but does not serve this connection.
  return /^(?:\+|-[A-Z]+ )/.test(beginning) ? "silent" : "not-redis";
}

async function scanOne(
  master: Redis,
  from: string,
): Promise<{ readonly found: readonly string[]; readonly cursor: string }> {
  const [cursor, names] = await master.scan(from, "MATCH", EVERY_NAME, "COUNT", SCANNED_AT_ONCE);
  const counters = names.filter((name) => counterKeyOf(name) !== undefined);
  const lives = await Promise.all(counters.map((name) => master.pttl(name)));
  const lasting = counters.filter((_, at) => lives[at] === -1);
  return { found: lasting.flatMap((name) => counterKeyOf(name) ?? []), cursor };
}
