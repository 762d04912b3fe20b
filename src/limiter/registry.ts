/** The register of nodes in Redis: one hash per node that lives as long as its heartbeat, and an index of them. */

import * as v from "valibot";
import { messageOf } from "../core/text/errors.ts";
import { systemClock } from "../io/clock.ts";
import type { log } from "../io/log.ts";
import { type RedisClient, redisTrouble } from "../io/redis.ts";
import { primaryOf } from "../io/redis-cluster.ts";
import { askRedis, refusalWordOf } from "./decide/redis/ask-redis.ts";

/** State of a node in the register; a draining one leaves it. */
export type RegisteredState = "ready" | "degraded";

/** What a node reports with every heartbeat. */
export interface NodeFacts {
  readonly id: number;
  readonly address: string;
  readonly version: string;
  readonly startedAtMs: number;
  readonly configHash: string;
  readonly state: RegisteredState;
}

/** A node in the register. */
export interface RegisteredNode extends NodeFacts {
  /** The node's own clock at `lastHeartbeatMs`, right or wrong. */
  readonly clockMs: number;
  /** Redis time of the last heartbeat. */
  readonly lastHeartbeatMs: number;
}

/** The register at one moment. */
export interface RegistrySnapshot {
  /** Redis time in milliseconds. */
  readonly nowMs: number;
  readonly nodes: readonly RegisteredNode[];
  /** Rows that cannot be read as a node. */
  readonly unreadable: number;
}

/** One node's place in the register. */
export interface Registry extends AsyncDisposable {
  /**
   * All nodes that are registered, by id.
   * @throws {ProbeError} If Redis does not answer in time.
   */
  list(): Promise<RegistrySnapshot>;
  /** Registers the node now and with every heartbeat from now on. Never rejects: without Redis, the next heartbeat tries again. */
  join(): Promise<void>;
  /** Takes the node out of the register. Never rejects: without Redis, its entry expires. */
  leave(): Promise<void>;
}

/** What a registry works with. */
export interface RegistryOptions {
  readonly redis: RedisClient;
  /** The node's current entry. */
  readonly facts: () => NodeFacts;
  /** Epoch milliseconds by the node's own clock. */
  readonly now: () => number;
  readonly heartbeatMs: number;
  readonly log: typeof log;
  /** Called with the numbers of all registered nodes at every heartbeat. */
  readonly onBeat: (ids: readonly number[]) => void;
  /** Called when the node leaves the register. */
  readonly onLeave: () => void;
}

const NODES = "ratelimit:{registry}:nodes";
/** Heartbeats that may be missed before a node is no longer registered. */
const MISSED_HEARTBEATS = 5;

/** Maximum of rows read, newest first: more than there are node numbers. */
const MAX_ROWS = 10_000;
/** A heartbeat further ahead of Redis is ignored: the clock of Redis stepped back, or another program wrote it. */
const MAX_AHEAD_MS = 60_000;
/** The end of the year 9999, so that every time can be shown. */
const MAX_TIME_MS = 253_402_300_799_999;

const FIELDS = ["id", "address", "version", "started_at_ms", "config_hash", "state", "clock_ms", "last_heartbeat_ms"];

const Time = v.tuple([v.pipe(v.unknown(), v.transform(Number)), v.pipe(v.unknown(), v.transform(Number))]);
const Word = v.pipe(v.string(), v.maxLength(300));
const WholeText = v.pipe(v.string(), v.maxLength(20), v.regex(/^-?\d+$/), v.transform(Number));
const TimeMs = v.pipe(WholeText, v.minValue(-MAX_TIME_MS), v.maxValue(MAX_TIME_MS));
const StoredNode = v.tuple([WholeText, Word, Word, TimeMs, Word, v.picklist(["ready", "degraded"]), TimeMs, TimeMs]);

/** Opens the register; the node is not in it before it joins. */
export function openRegistry(options: RegistryOptions): Registry {
  return new RedisRegistry(options);
}

class RedisRegistry implements Registry {
  readonly #options: RegistryOptions;
  readonly #stop = new AbortController();
  #joined = false;
  #beating: Promise<void> = Promise.resolve();
  readonly #loop: Promise<void>;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#loop = this.#beatForEver();
  }

  async list(): Promise<RegistrySnapshot> {
    const { redis } = this.#options;
    const read = async (): Promise<RegistrySnapshot> => {
      const nowMs = await readClock(redis);
      const newestMs = nowMs + MAX_AHEAD_MS;
      const ids = await redis.zrevrangebyscore(NODES, newestMs, "-inf", "LIMIT", 0, MAX_ROWS);
      const rows = await Promise.all(ids.map(async (id) => ({ id, fields: await this.#readRow(id) })));
      // The row of a stopped node expires first, then its index entry.
      const there = rows.filter(({ fields }) => fields === undefined || fields.some((field) => field !== null));
      const nodes = there.flatMap(({ id, fields }) => parseRow(fields, { id, newestMs }) ?? []);
      return {
        nowMs,
        nodes: nodes.toSorted((one, other) => one.id - other.id),
        unreadable: there.length - nodes.length,
      };
    };
    return await this.#ask("read the register of nodes", read);
  }

  async join(): Promise<void> {
    this.#joined = true;
    await this.#beat();
  }

  async leave(): Promise<void> {
    this.#joined = false;
    const { redis, facts, log, onLeave } = this.#options;
    const { id } = facts();
    await this.#beating;
    onLeave();
    const drop = (): Promise<unknown> => redis.multi().del(keyOf(id)).zrem(NODES, String(id)).exec();
    await this.#ask("leave the register", drop).catch((error: unknown) =>
      log.debug("Cannot leave the register; the entry of this node will expire", { reason: messageOf(error) }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#loop;
  }

  #ask<T>(purpose: string, call: () => Promise<T>): Promise<T> {
    const { redis } = this.#options;
    return askRedis(purpose, call, () => redisTrouble(redis));
  }

  /** The known fields of a row; `undefined` if it is not a row. */
  #readRow(id: string): Promise<readonly (string | null)[] | undefined> {
    return this.#options.redis.hmget(keyOf(id), ...FIELDS).catch((error: unknown) => {
      if (refusalWordOf(error) === "WRONGTYPE") return undefined;
      throw error;
    });
  }

  async #beatForEver(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await systemClock.sleep(this.#options.heartbeatMs, signal).catch(() => undefined);
      if (this.#joined && !signal.aborted) await this.#beat();
    }
  }

  #beat(): Promise<void> {
    this.#beating = this.#beating
      .then(() => (this.#joined ? this.#ask("write a heartbeat", () => this.#write()) : undefined))
      .catch((error: unknown) => this.#options.log.debug("Cannot write a heartbeat", { reason: messageOf(error) }));
    return this.#beating;
  }

  async #write(): Promise<void> {
    const { redis, facts, now, heartbeatMs, onBeat } = this.#options;
    const beforeMs = now();
    const redisMs = await readClock(redis);
    const clockMs = Math.round((beforeMs + now()) / 2);
    const { id, startedAtMs, configHash, ...node } = facts();
    const lifeMs = heartbeatMs * MISSED_HEARTBEATS;
    const replies = await redis
      .multi()
      .hset(keyOf(id), {
        id,
        ...node,
        started_at_ms: startedAtMs,
        config_hash: configHash,
        clock_ms: clockMs,
        last_heartbeat_ms: redisMs,
      })
      .pexpire(keyOf(id), lifeMs)
      .zadd(NODES, redisMs, String(id))
      .zremrangebyscore(NODES, "-inf", redisMs - lifeMs)
      .zremrangebyscore(NODES, redisMs + MAX_AHEAD_MS, "+inf")
      .pexpire(NODES, lifeMs)
      .zrevrange(NODES, 0, MAX_ROWS - 1)
      .exec();
    onBeat(numbersIn(replies?.at(-1)?.[1]));
  }
}

interface RowPlace {
  /** A member of the index. */
  readonly id: string;
  readonly newestMs: number;
}

function parseRow(fields: readonly unknown[] | undefined, { id, newestMs }: RowPlace): RegisteredNode | undefined {
  const result = v.safeParse(StoredNode, fields);
  if (!result.success) return undefined;
  const [number, address, version, startedAtMs, configHash, state, clockMs, lastHeartbeatMs] = result.output;
  if (String(number) !== id || lastHeartbeatMs > newestMs) return undefined;
  return { id: number, address, version, startedAtMs, configHash, state, clockMs, lastHeartbeatMs };
}

/** Whatever else the index holds. */
function numbersIn(reply: unknown): readonly number[] {
  const ids = Array.isArray(reply) ? reply.map(Number) : [];
  return ids.filter((id) => Number.isInteger(id) && id > 0);
}

function keyOf(id: number | string): string {
  return `ratelimit:{registry}:node/${id}`;
}

/** On a Cluster, always the clock of the primary that holds the register. */
async function readClock(redis: RedisClient): Promise<number> {
  return millisecondsOf(await primaryOf(redis, NODES).time());
}

function millisecondsOf(time: unknown): number {
  const [seconds, us] = v.parse(Time, time);
  return seconds * 1000 + Math.floor(us / 1000);
}
