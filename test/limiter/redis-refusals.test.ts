import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { createConsola } from "consola/basic";
import * as v from "valibot";
import type { RedisTrouble } from "../../src/io/redis-trouble.ts";
import { type LimiterService, startLimiter } from "../../src/limiter/service.ts";
import { LimiterSettings } from "../../src/limiter/settings/settings.ts";
import { type RedisServer, startRedis } from "../redis-server.ts";
import { until } from "../until.ts";

setDefaultTimeout(60_000);

/** How Redis comes to refuse checks while it goes on answering, and how that ends. */
interface Refusal {
  readonly begin: (redis: RedisServer) => Promise<unknown>;
  readonly end: (redis: RedisServer) => Promise<unknown>;
}

const USER = ["on", ">pw", "~*", "&*", "+@all"];

const REFUSALS: readonly (readonly [RedisTrouble, string, Refusal])[] = [
  ["OOM", "is out of memory", setting("maxmemory", "1", "0")],
  ["NOREPLICAS", "has too few replicas", setting("min-replicas-to-write", "1", "0")],
  [
    "READONLY",
    "is a replica",
    {
      begin: (redis) => redis.cli("replicaof", "127.0.0.1", "1"),
      end: (redis) => redis.cli("replicaof", "no", "one"),
    },
  ],
  [
    "MASTERDOWN",
    "is a replica without its primary",
    {
      begin: async (redis) => {
        await redis.cli("config", "set", "replica-serve-stale-data", "no");
        await redis.cli("replicaof", "127.0.0.1", "1");
      },
      end: (redis) => redis.cli("replicaof", "no", "one"),
    },
  ],
  ["NOPERM", "denies scripts", right("@scripting")],
  ["NOPERM", "denies a command within scripts", right("set")],
  [
    "NOPERM",
    "denies the keys",
    {
      begin: (redis) => redis.cli("acl", "setuser", "app", "resetkeys", "~other:*"),
      end: (redis) => redis.cli("acl", "setuser", "app", "~*"),
    },
  ],
  [
    "WRONGPASS",
    "has another password",
    {
      begin: async (redis) => {
        await redis.cli("acl", "setuser", "app", "resetpass", ">other");
        await redis.cli("client", "kill", "user", "app");
      },
      end: (redis) => redis.cli("acl", "setuser", "app", "resetpass", ">pw"),
    },
  ],
  [
    "BUSY",
    "runs a script without end",
    {
      begin: async (redis) => void redis.cli("eval", "while true do end", "0"),
      end: (redis) => redis.cli("script", "kill"),
    },
  ],
  [
    "LOADING",
    "loads its data",
    {
      begin: async (redis) => {
        await redis.cli("config", "set", "loading-process-events-interval-bytes", "1024", "key-load-delay", "300");
        await redis.cli("debug", "populate", "3000");
        void redis.cli("debug", "reload");
      },
      end: (redis) => redis.cli("config", "set", "key-load-delay", "0"),
    },
  ],
  [
    "MISCONF",
    "cannot save",
    {
      begin: async (redis) => {
        const file = join(await folderOf(redis), "dump.rdb");
        await rm(file, { force: true });
        await mkdir(join(file, "in-the-way"), { recursive: true });
        await redis.cli("config", "set", "save", "3600 1");
        await redis.cli("bgsave");
        await until(async () => (await redis.cli("info", "persistence")).includes("rdb_last_bgsave_status:err"));
      },
      end: (redis) => redis.cli("config", "set", "stop-writes-on-bgsave-error", "no"),
    },
  ],
];

describe("a Redis that answers and refuses checks is not connected", () => {
  let redis: RedisServer;
  let node: LimiterService;
  const log: string[] = [];
  beforeAll(async () => {
    redis = await startRedis({ args: ["--enable-debug-command", "yes", "--busy-reply-threshold", "50"] });
    await redis.cli("acl", "setuser", "app", ...USER);
    node = await startNode(`redis://app:pw@127.0.0.1:${redis.port}`, log);
    await check(node); // loads the script
  });
  afterAll(async () => {
    await node.stop();
    await redis[Symbol.asyncDispose]();
  });

  test.each(REFUSALS)("%s: Redis %s", async (word, _what, { begin, end }) => {
    log.length = 0;

    await begin(redis);
    await until(async () => (await health(node)).degraded_reason === word);
    const during = await Promise.all([health(node), check(node), get(node, "/ready"), text(node, "/metrics")]);
    await end(redis);
    await until(async () => (await health(node)).redis_connected);

    expect(during).toMatchObject([
      { status: "degraded", redis_connected: false, degraded_since: expect.any(String) },
      { source: "local", degraded: true },
      { error: { message: expect.stringContaining(`(${word})`) } },
      expect.stringContaining(`ratelimiter_degraded{reason="${word}"} 1\n`),
    ]);
    const changes = changesIn(log);
    expect(changes.filter((line) => line.includes(`(${word})`))).not.toBeEmpty();
    expect(changes.at(-1)).toBe("Deciding with Redis again");
    expect(repeatedIn(changes)).toEqual([]);
    expect(await check(node)).not.toHaveProperty("degraded");
  });
});

/** What ioredis says to programmers. */
const ADVICE = /ioredis|Stream isn't|enableOfflineQueue|report this|retr(?:y|ies)/i;

describe("what is no connection is named", () => {
  const silent = createServer(() => undefined);
  const closing = createServer((socket) => void socket.end());
  const web = createServer((socket) => void socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"));
  let redis: RedisServer;
  let unscripted: RedisServer;
  let member: RedisServer;
  beforeAll(async () => {
    const config = ["EVAL", "EVALSHA"].map((name) => `rename-command ${name} ""`);
    [redis, unscripted, member] = await Promise.all([
      startRedis(),
      startRedis({ config }),
      startRedis({ args: ["--cluster-enabled", "yes"] }),
    ]);
    await member.cli("cluster", "addslotsrange", "0", "16382"); // a Cluster that lacks one slot is down
  });
  afterAll(async () => {
    for (const server of [silent, closing, web]) server.stop(true);
    for (const server of [redis, unscripted, member]) await server[Symbol.asyncDispose]();
  });

  const CASES: readonly (readonly [RedisTrouble, string, () => string])[] = [
    ["ECONNREFUSED", "nobody listens", () => "redis://127.0.0.1:1"],
    ["ENOTFOUND", "the name is unknown", () => "redis://no.such.host.invalid"],
    ["silent", "the handshake is not answered", () => `redis://127.0.0.1:${silent.port}`],
    ["not-redis", "a web server answers", () => `redis://127.0.0.1:${web.port}`],
    ["SELECT", "there is no such database", () => `${redis.url}/99`],
    ["WRONGPASS", "the user is unknown", () => `redis://me:pw@127.0.0.1:${redis.port}`],
    ["tls", "it speaks no TLS", () => `rediss://127.0.0.1:${redis.port}`],
    ["no-cluster", "it is no Cluster", () => `redis+cluster://127.0.0.1:${redis.port}`],
    ["no-sentinel", "it is no Sentinel", () => `redis+sentinel://127.0.0.1:${redis.port}/limits`],
    ["ECONNREFUSED", "no Sentinel listens", () => "redis+sentinel://127.0.0.1:1/limits"],
    ["ECONNREFUSED", "no Cluster node listens", () => "redis+cluster://127.0.0.1:1"],
    ["NOSCRIPT", "it has no scripts", () => unscripted.url],
    ["CLUSTERDOWN", "its Cluster is down", () => member.url],
    ["ECONNRESET", "it hangs up", () => `redis://127.0.0.1:${closing.port}`],
  ];

  // A few at a time: nodes that try to connect all the while make a busy machine busier.
  test.each([CASES.slice(0, 4), CASES.slice(4, 8), CASES.slice(8)].map((cases) => [cases]))(
    "in health, in one line of the log for each change, and without advice to programmers: %#",
    async (cases) => {
      const nodes = await Promise.all(
        cases.map(async ([word, what, url]) => {
          const log: string[] = [];
          return { word, what, log, node: await startNode(url(), log) };
        }),
      );

      for (const { node, word, what } of nodes) {
        const told = await until(async () => (await health(node)).degraded_reason === word, 15_000).then(
          () => word,
          async () => (await health(node)).degraded_reason,
        );
        expect([what, told]).toEqual([what, word]);
      }
      await Promise.all(nodes.map(({ node }) => node.stop()));

      for (const { log, word } of nodes) {
        const changes = changesIn(log);
        expect(changes.filter((line) => line.includes(`(${word})`))).not.toBeEmpty();
        expect(repeatedIn(changes)).toEqual([]);
        expect(log.filter((line) => ADVICE.test(line))).toEqual([]);
      }
    },
  );
});

/** What the log says of deciding with and without Redis. */
function changesIn(log: readonly string[]): readonly string[] {
  return log.filter((line) => line.startsWith("Deciding"));
}

/** Lines that say what the line before said. */
function repeatedIn(lines: readonly string[]): readonly string[] {
  return lines.filter((line, at) => line === lines[at - 1]);
}

function setting(name: string, during: string, after: string): Refusal {
  return {
    begin: (redis) => redis.cli("config", "set", name, during),
    end: (redis) => redis.cli("config", "set", name, after),
  };
}

function right(name: string): Refusal {
  return {
    begin: (redis) => redis.cli("acl", "setuser", "app", `-${name}`),
    end: (redis) => redis.cli("acl", "setuser", "app", `+${name}`),
  };
}

async function folderOf(redis: RedisServer): Promise<string> {
  return (await redis.cli("config", "get", "dir")).split("\n").at(-1) ?? "";
}

function createServer(onOpen: (socket: Bun.Socket) => void) {
  return Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { open: onOpen, data: () => undefined } });
}

/** A node whose log is kept, line by line. */
async function startNode(redis: string, lines: string[]): Promise<LimiterService> {
  const settings = v.parse(LimiterSettings, { node: 1, port: 0, redis, heartbeat: "1s" });
  const log = createConsola({
    level: 4,
    reporters: [
      {
        log: ({ args }) =>
          void lines.push(args.map((arg) => (typeof arg === "string" ? arg : Bun.inspect(arg))).join(" ")),
      },
    ],
  });
  return await startLimiter(settings, { log, signal: new AbortController().signal });
}

async function text({ url }: LimiterService, path: string): Promise<string> {
  return await (await fetch(`${url}${path}`)).text();
}

async function get(node: LimiterService, path: string): Promise<unknown> {
  return JSON.parse(await text(node, path));
}

async function health(node: LimiterService) {
  return v.parse(
    v.looseObject({ degraded_reason: v.nullable(v.string()), redis_connected: v.boolean() }),
    await get(node, "/health"),
  );
}

async function check({ url }: LimiterService): Promise<unknown> {
  const response = await fetch(`${url}/check`, { method: "POST", body: '{"key":"a","limit":1000}' });
  return await response.json();
}
