import { describe, expect, test } from "bun:test";
import { hasRedisPassword, parseRedisUrl, redisTarget, withRedisPassword } from "../../src/io/redis-address.ts";

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
    [
      "REDIS://me:a/b@c#d?e%zz%41%@h:1/2",
      {
        kind: "standalone",
        tls: false,
        hosts: [{ host: "h", port: 1 }],
        db: 2,
        username: "me",
        password: "a/b@c#d?e%zzA%",
      },
    ],
    [
      "redis://50%off:%E4%C3%A4@h",
      {
        kind: "standalone",
        tls: false,
        hosts: [{ host: "h", port: 6379 }],
        db: 0,
        username: "50%off",
        password: "%E4%C3%A4",
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

  test.each([
    "redis://me:s3cret@h:0",
    "redis://me:s3cret/s3cret@h:0",
    "redis://:x@s3cret@h:0",
    "redis://s3cret:@h:0",
    "redis://me:%s3cret@h/name",
    "redis+sentinel://:s3cret/s3cret@h:1,h:2",
    "http://me:s3cret/s3cret?s3cret#s3cret@h",
    "me:s3cret/s3cret@h:1",
    "redis://me:s3cret\ns3cret@h:0",
    "redis://:s3cret",
    " redis://:s3cret@h:1",
    "@s3cret@@h",
  ])("says of %p, which it refuses, nothing before the last @", (url) => {
    expect(() => parseRedisUrl(url)).toThrow(/^Cannot read Redis address "(?:(?!s3cret).)*", expected/);
  });
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

  test("redisTarget() keeps the password of the Sentinels beside the address", () => {
    const url = "redis+sentinel://a/limits";

    expect(redisTarget(url, {})).toBe(url);
    expect(redisTarget(url, { redisPassword: "r", sentinelPassword: "s" })).toEqual({
      url: "redis+sentinel://:r@a/limits",
      sentinelPassword: "s",
    });
  });

  test("hasRedisPassword() sees one in an address, and none in what is no address", () => {
    expect(["redis://:x@h", "redis://ada@h", "redis://h", "nonsense"].map(hasRedisPassword)).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});
