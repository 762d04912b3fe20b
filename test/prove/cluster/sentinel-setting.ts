/** A Redis of one primary and two replicas behind three Sentinels. */

import { Redis } from "ioredis";
import { startRedisSentinel } from "../../redis-sentinel.ts";
import { type RedisServer } from "../../redis-server.ts";
import { until } from "../../until.ts";
import type { Setting } from "./setting.ts";

/** What is behind the Sentinels. */
export interface SentinelSetting extends Setting {
  readonly name: "sentinel";
  readonly sentinels: readonly RedisServer[];
  /** The server that is the primary now, by the Sentinel that saw the newest failover. */
  readonly primary: RedisServer;
  /** Has one Sentinel make another server the primary; resolves when it is that. */
  failOver(by?: RedisServer): Promise<void>;
  /** Resolves when another server than this one is the primary, and takes writes. */
  replaced(server: RedisServer): Promise<void>;
  /** Resolves when a replica is in sync with the primary, and all Sentinels know of it. */
  followed(): Promise<void>;
  /** Resolves when no Sentinel sees anything wrong with the primary, whichever server that is. */
  undisputed(): Promise<void>;
}

const NAME = "limits";
/** Milliseconds between two questions to a Sentinel. */
const ASK_EVERY_MS = 20;
/** Milliseconds that one answer may take. */
const ANSWERED_WITHIN_MS = 300;
/** Milliseconds for which clients may go on with a former primary. */
const FOLLOWED_WITHIN_MS = 500;
/** Milliseconds after which a failover has been given up. */
const ABORTED_AFTER_MS = 3000;

/** Starts it. */
export async function startSentinelSetting(): Promise<SentinelSetting> {
  await using started = new AsyncDisposableStack();
  const redis = started.use(await startRedisSentinel({ replicas: 2, failoverTimeoutMs: 1000 }));
  const { servers, sentinels, primary: first } = redis;
  const eyes = sentinels.map((sentinel) => started.use(new Eye(sentinel)));
  const servedMs = new Map<RedisServer, number>();
  const current = (): RedisServer => {
    const [newest] = eyes.toSorted((one, other) => other.epoch - one.epoch);
    return servers.find(({ port }) => port === newest?.port) ?? first;
  };
  const replaced = (server: RedisServer): Promise<void> =>
    until(async () => current() !== server && (await answerOf(current(), "set", "written", "1")) === "OK");
  const owned = started.move();
  return {
    name: "sentinel",
    url: redis.url,
    servers,
    sentinels,
    shards: 1,
    shardOf: () => 0,
    get primary() {
      return current();
    },
    serves(server) {
      if (server === current()) servedMs.set(server, performance.now());
      return performance.now() - (servedMs.get(server) ?? Number.NEGATIVE_INFINITY) < FOLLOWED_WITHIN_MS;
    },
    async failOver(by) {
      const before = current();
      // A Sentinel gives up a failover that takes too long, as on a busy machine.
      while (current() === before) {
        await redis.failover(by);
        await until(() => current() !== before, ABORTED_AFTER_MS).catch(() => undefined);
      }
      await replaced(before);
    },
    replaced,
    // A Sentinel that has not heard of a failover would begin the next one as if it were the same.
    followed: () =>
      until(
        async () => eyes.every(({ port }) => port === current().port) && (await followersOf(current(), servers)) > 0,
      ),
    undisputed: () => until(() => isUndisputed({ sentinels, primary: current() })),
    settled: () => until(() => isSettled({ servers, sentinels, primary: current() }), 60_000),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** What one Sentinel says, kept up to date. */
class Eye implements Disposable {
  port = 0;
  epoch = -1;
  readonly #client: Redis;
  #isClosed = false;

  constructor({ host, port }: RedisServer) {
    this.#client = new Redis({ host, port, commandTimeout: ANSWERED_WITHIN_MS, retryStrategy: () => 50 });
    this.#client.on("error", () => undefined);
    void this.#look();
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#client.disconnect();
  }

  async #look(): Promise<void> {
    for (; !this.#isClosed; await Bun.sleep(ASK_EVERY_MS)) {
      const told = await this.#client.call("sentinel", "master", NAME).catch(() => []);
      const address = await this.#client.call("sentinel", "get-master-addr-by-name", NAME).catch(() => []);
      const words = (Array.isArray(told) ? told : []).map(String);
      if (words.length === 0 || !Array.isArray(address)) continue;
      this.epoch = Number(words[words.indexOf("config-epoch") + 1]);
      this.port = Number(address[1]);
    }
  }
}

async function isUndisputed({ sentinels, primary }: Pick<SentinelSetting, "sentinels" | "primary">): Promise<boolean> {
  const states = await Promise.all(sentinels.map((sentinel) => answerOf(sentinel, "sentinel", "master", NAME)));
  return states.every(
    (state) =>
      state.includes(`\nport\n${primary.port}\n`) &&
      state.includes("\nflags\nmaster\n") &&
      state.includes(`num-other-sentinels\n${sentinels.length - 1}\n`),
  );
}

/** All Sentinels agree, see nothing wrong, and all other servers follow the primary. */
async function isSettled(now: Pick<SentinelSetting, "servers" | "sentinels" | "primary">): Promise<boolean> {
  if (!(await isUndisputed(now))) return false;
  const { servers, sentinels, primary } = now;
  const following = await followersOf(primary, servers);
  const others = await Promise.all(sentinels.map((sentinel) => answerOf(sentinel, "sentinel", "replicas", NAME)));
  return [following, ...others.map((text) => [...text.matchAll(/^flags\nslave$/gm)].length)].every(
    (count) => count === servers.length - 1,
  );
}

/** How many servers are in sync with the primary. */
async function followersOf({ port }: RedisServer, servers: readonly RedisServer[]): Promise<number> {
  const roles = await Promise.all(servers.map((server) => answerOf(server, "info", "replication")));
  return roles.filter((role) => role.includes(`master_port:${port}\r`) && role.includes("master_link_status:up"))
    .length;
}

/** One that hangs answers nothing for ever. */
async function answerOf(server: RedisServer, ...words: readonly string[]): Promise<string> {
  return await Promise.race([server.cli(...words), Bun.sleep(ANSWERED_WITHIN_MS).then(() => "")]);
}
