import { describe, expect, spyOn, test } from "bun:test";
import { Cluster } from "ioredis";
import { connectRedis, isUsable, redisTrouble } from "../../src/io/redis.ts";
import { troubleIn } from "../../src/io/redis-trouble.ts";
import { freePort, startRedis } from "../redis-server.ts";
import { until } from "../until.ts";

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

  test("leaves nothing unhandled where a server that it comes back to refuses what it had subscribed to", async () => {
    await using server = await startRedis();
    const client = connectRedis(server.url, { retryMs: 1 });
    const other = connectRedis(server.url);
    await until(() => client.status === "ready" && other.status === "ready");
    await client.subscribe("news");
    const reconnected = new Promise((resolve) => void client.once("ready", resolve));

    await other.call("ACL", "SETUSER", "default", "resetchannels", "-subscribe");
    await other.call("CLIENT", "KILL", "TYPE", "pubsub");
    await reconnected;
    const refused = await client.subscribe("news").catch((error: unknown) => troubleIn(error));
    client.disconnect();
    other.disconnect();

    expect(refused).toBe("NOPERM");
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

  test("never runs a command on another database than the one asked for", async () => {
    await using server = await startRedis();
    const client = connectRedis(`${server.url}/99`, { retryMs: 1 });
    if (client instanceof Cluster) throw new TypeError("Cannot test a Cluster here");
    const written: unknown[] = [];
    client.on(
      "ready",
      () =>
        void client.set("a", "1").then(
          (reply) => written.push(reply),
          () => undefined,
        ),
    );

    await until(() => redisTrouble(client) === "SELECT");
    await Bun.sleep(100);
    client.disconnect();

    expect(written).toEqual([]);
    expect(isUsable(client)).toBe(false);
    expect(await server.cli("dbsize")).toBe("0");
  });

  test("a user without INFO is connected, and nothing is said on the console", async () => {
    await using server = await startRedis();
    const warn = spyOn(console, "warn").mockImplementation(() => undefined);
    await server.cli("acl", "setuser", "app", "on", ">pw", "~*", "+@all", "-info");
    const client = connectRedis(`redis://app:pw@127.0.0.1:${server.port}`);

    await until(() => client.status === "ready");
    client.disconnect();

    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  test("forgets what was wrong once it is connected", async () => {
    await using server = await startRedis();
    await server.kill();
    const client = connectRedis(server.url);
    await until(() => redisTrouble(client) === "ECONNREFUSED");

    await server.restart();
    await until(() => client.status === "ready");

    expect(redisTrouble(client)).toBeUndefined();
    client.disconnect();
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
