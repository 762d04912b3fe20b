import { describe, expect, test } from "bun:test";
import { connectRedis } from "../../src/io/redis.ts";
import { freePort, startRedis, until } from "../redis-server.ts";

describe("connectRedis()", () => {
  test("fails at once while there is no connection, and comes back by itself", async () => {
    await using server = await startRedis();
    const client = connectRedis(server.url);
    await until(() => client.status === "ready");
    await server.kill();
    await until(() => client.status !== "ready");
    const failed = await client.get("a").catch((error: unknown) => error);

    await server.restart();
    await until(() => client.status === "ready");
    const found = await client.set("a", "1");
    client.disconnect();

    expect(failed).toBeInstanceOf(Error);
    expect(found).toBe("OK");
  });

  test("never sends a command twice that got no answer", async () => {
    await using server = await startRedis();
    const client = connectRedis(server.url, { commandTimeoutMs: 200 });
    await until(() => client.status === "ready");
    server.hang();
    const failed = await client.incr("a").catch((error: unknown) => error);
    client.disconnect(true);

    server.resume();
    await until(async () => (await client.ping().catch(() => "")) === "PONG");
    const count = await client.get("a");
    client.disconnect();

    expect(failed).toBeInstanceOf(Error);
    expect(Number(count)).toBeLessThanOrEqual(1);
  });

  test("gives up a command that is not answered in time", async () => {
    await using server = await startRedis();
    const client = connectRedis(server.url, { commandTimeoutMs: 100 });
    await until(() => client.status === "ready");
    server.hang();

    await expect(client.get("a")).rejects.toThrow("Command timed out");
    client.disconnect();
    server.resume();
  });

  test("uses name and password", async () => {
    const port = await freePort();
    await using server = await startRedis({ port });
    await server.cli("acl", "setuser", "me", "on", ">p@ss", "~*", "+@all");
    const client = connectRedis(`redis://me:p%40ss@127.0.0.1:${port}`);
    await until(() => client.status === "ready");

    const name = await client.acl("WHOAMI");
    client.disconnect();

    expect(name).toBe("me");
  });

  test.each(["redis+sentinel://127.0.0.1:1/limits", "redis+cluster://127.0.0.1:1"])(
    "fails at once where nothing is behind %p",
    async (url) => {
      const client = connectRedis(url);

      await expect(client.get("a")).rejects.toThrow();
      client.disconnect();
    },
  );
});
