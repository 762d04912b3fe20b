import { describe, expect, test } from "bun:test";
import { connectRedis, hasRedisPassword, parseRedisUrl, withRedisPassword } from "../../src/io/redis.ts";
import { freePort, startRedis, until } from "../redis-server.ts";

describe("parseRedisUrl()", () => {
  test.each([
    ["redis://localhost", { kind: "standalone", tls: false, hosts: [{ host: "localhost", port: 6379 }], db: 0 }],
    ["redis://127.0.0.1:7000/3", { kind: "standalone", tls: false, hosts: [{ host: "127.0.0.1", port: 7000 }], db: 3 }],
    ["redis://[::1]:7000", { kind: "standalone", tls: false, hosts: [{ host: "::1", port: 7000 }], db: 0 }],
    [
      "rediss://me:p%40ss@redis.example:6380",
      {
        kind: "standalone",
        tls: true,
        hosts: [{ host: "redis.example", port: 6380 }],
        db: 0,
        username: "me",
        password: "p@ss",
      },
    ],
    [
      "redis://:secret@h",
      { kind: "standalone", tls: false, hosts: [{ host: "h", port: 6379 }], db: 0, password: "secret" },
    ],
    [
      "redis+sentinel://a:1,b/limits/2",
      {
        kind: "sentinel",
        tls: false,
        hosts: [
          { host: "a", port: 1 },
          { host: "b", port: 26_379 },
        ],
        masterName: "limits",
        db: 2,
      },
    ],
    [
      "rediss+cluster://a:1,b:2",
      {
        kind: "cluster",
        tls: true,
        hosts: [
          { host: "a", port: 1 },
          { host: "b", port: 2 },
        ],
        db: 0,
      },
    ],
  ])("reads %p", (url, place) => {
    expect(parseRedisUrl(url)).toEqual<unknown>(place);
  });

  test.each([
    "",
    "localhost:6379",
    "http://localhost",
    "redis://",
    "redis://h:0",
    "redis://h:70000",
    "redis://h:port",
    "redis://h/name",
    "redis+sentinel://a:1",
    "redis+cluster://a:1,",
  ])("refuses %p", (url) => {
    expect(() => parseRedisUrl(url)).toThrow(`Cannot read Redis address "${url}", expected "redis://host:port/db"`);
  });

  test("keeps the password out of what it says", () => {
    expect(() => parseRedisUrl("redis://me:secret@h:0")).toThrow('Cannot read Redis address "redis://h:0"');
  });
});

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

describe("withRedisPassword()", () => {
  test.each(["redis://h:1/3", "rediss://ada@h", "redis+sentinel://a:1,b/limits", "redis+cluster://a,b:2"])(
    "adds a password to %p and changes nothing else",
    (url) => {
      const password = "p@ss/w:rd %$&";

      expect(parseRedisUrl(withRedisPassword(url, password))).toEqual({ ...parseRedisUrl(url), password });
      expect(withRedisPassword(url, undefined)).toBe(url);
    },
  );

  test("hasRedisPassword() sees one in an address, and none in what is no address", () => {
    expect(["redis://:x@h", "redis://ada@h", "redis://h", "nonsense"].map(hasRedisPassword)).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});
