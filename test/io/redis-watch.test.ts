import { describe, expect, test } from "bun:test";
import { Cluster, type Redis } from "ioredis";
import { connectRedis, type RedisClient } from "../../src/io/redis.ts";
import { type RedisServer, startRedis } from "../redis-server.ts";
import { until } from "../until.ts";

/** The client, which is none of a Cluster. */
function nodeOf(client: RedisClient): Redis {
  if (client instanceof Cluster) throw new TypeError("Cannot test a Cluster here");
  return client;
}

/** A connection that counts how often it was closed. */
async function watched(server: RedisServer) {
  const client = connectRedis(server.url, { commandTimeoutMs: Number.POSITIVE_INFINITY });
  const seen = { closes: 0 };
  client.on("close", () => (seen.closes += 1));
  return { client, seen, [Symbol.dispose]: () => client.disconnect() };
}

describe("watchConnection()", () => {
  test("closes a connection that only listens and is silent, and the next one listens again", async () => {
    await using server = await startRedis();
    using listener = await watched(server);
    const heard: string[] = [];
    listener.client.on("message", (_channel: string, message: string) => heard.push(message));
    const listen = (): unknown => listener.client.subscribe("news").catch(() => undefined);
    listener.client.on("ready", listen);
    await until(async () => (await server.cli("publish", "news", "before")) === "1");

    server.hang();
    await until(() => listener.seen.closes > 0);
    server.resume();

    await until(async () => (await server.cli("publish", "news", "a")) === "1");
    await until(() => heard.includes("a"));
  });

  test("closes a connection whose handshake is not answered", async () => {
    await using server = await startRedis();
    server.hang();

    using waiting = await watched(server);
    await until(() => waiting.client.status === "connect");
    await until(() => waiting.seen.closes > 0);

    server.resume();
    await until(() => waiting.client.status === "ready");
  });

  test.each<readonly [string, "closed" | "kept", string]>([
    ["READONLY", "closed", "replicaof 127.0.0.1 1"],
    ["NOREPLICAS", "closed", "config set min-replicas-to-write 1"],
    ["OOM", "kept", "config set maxmemory 1"],
  ])("a connection on which every write is refused with %s is %s", async (word, fate, command) => {
    await using server = await startRedis();
    using writer = await watched(server);
    await until(() => writer.client.status === "ready");
    await server.cli(...command.split(" "));

    const refusals: string[] = [];
    await until(async () => {
      const error: unknown = await writer.client.set("a", "1").catch((refusal: unknown) => refusal);
      if (error instanceof Error) refusals.push(error.message);
      return fate === "kept" ? refusals.length >= 150 : writer.seen.closes > 0;
    });

    expect(refusals[0]).toStartWith(word);
    expect(writer.seen.closes).toBe(fate === "kept" ? 0 : 1);
  });

  test("keeps a connection on which a write is refused now and then, as an observer tries it", async () => {
    await using server = await startRedis();
    using observer = await watched(server);
    await until(() => observer.client.status === "ready");
    await server.cli("config", "set", "min-replicas-to-write", "1");

    for (let tried = 0; tried < 2; tried++) {
      await expect(observer.client.set("a", "1", "XX")).rejects.toThrow("NOREPLICAS");
      const { stream } = nodeOf(observer.client);
      const seen = stream.bytesRead;
      await until(() => stream.bytesRead >= seen + 3 * "+PONG\r\n".length); // more than a second
    }

    expect(observer.seen.closes).toBe(0);
  });
});
