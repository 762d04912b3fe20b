import { expect, test } from "bun:test";
import * as v from "valibot";
import { LimiterSettings } from "../../../src/limiter/settings/settings.ts";

test("LimiterSettings fills in every default from the number of the node", () => {
  expect(v.parse(LimiterSettings, { node: "2" })).toEqual({
    node: 2,
    port: 8082,
    host: "127.0.0.1",
    redis: "redis://127.0.0.1:6379",
    onRedisFailure: "local",
    localOverlap: 1,
    algorithm: "sliding-window",
    limit: 100,
    windowMs: 60_000,
    heartbeatMs: 1000,
    expected: [],
    clockOffsetMs: 0,
    insecure: false,
    allowedHosts: [],
    callers: { rules: true, limit: 100_000, windowMs: 86_400_000, cost: 10_000 },
    maxConnections: 4000,
    idleTimeoutMs: 75_000,
  });
});

test("LimiterSettings reads text as flags and variables hold it", () => {
  const text = {
    node: "1",
    port: "0",
    limit: "10k",
    window: "1m30s",
    nodes: "1=10.0.0.1:8081, 2",
    clockOffsetMs: "-30000",
    insecure: "true",
    allowedHosts: "Limiter.example, limiter-2",
    perCallRules: "false",
    maxLimit: "1k",
    maxWindow: "1h",
    maxCost: "5",
    maxConnections: "10",
  };

  expect(v.parse(LimiterSettings, text)).toMatchObject({
    port: 0,
    limit: 10_000,
    windowMs: 90_000,
    expected: [{ id: 1, address: "10.0.0.1:8081" }, { id: 2 }],
    clockOffsetMs: -30_000,
    insecure: true,
    allowedHosts: ["limiter.example", "limiter-2"],
    callers: { rules: false, limit: 1000, windowMs: 3_600_000, cost: 5 },
    maxConnections: 10,
  });
});

test("LimiterSettings puts the password of Redis into its address, unless that has one", () => {
  const redis = "redis://ada@10.0.0.1:6379/2";

  expect(v.parse(LimiterSettings, { node: 1, redis, redisPassword: "a/b@c" }).redis).toBe(
    "redis://ada:a%2Fb%40c@10.0.0.1:6379/2",
  );
  const both = v.safeParse(LimiterSettings, { node: 1, redis: "redis://:x@10.0.0.1", redisPassword: "y" });
  expect(both.issues?.map((issue) => [v.getDotPath(issue), issue.message])).toEqual([
    ["redisPassword", "the address of Redis contains a password as well, expected only one of the two"],
  ]);
});

test("LimiterSettings keeps a password of the Sentinels beside the address, and takes none where there are no Sentinels", () => {
  const given = { node: 1, redisPassword: "r", sentinelPassword: "s" };

  expect(v.parse(LimiterSettings, { ...given, redis: "redis+sentinel://a/limits" }).redis).toEqual({
    url: "redis+sentinel://:r@a/limits",
    sentinelPassword: "s",
  });
  const alone = v.safeParse(LimiterSettings, { ...given, redis: "redis://a" });
  expect(alone.issues?.map((issue) => v.getDotPath(issue))).toEqual(["sentinelPassword"]);
});

test.each([
  [{ node: "0" }, "Cannot use node, expected a whole number from 1 to 10000"],
  [{ port: "70000" }, "Cannot listen on port 70000, expected at most 65535"],
  [{ limit: "0" }, "Cannot use limit, expected a whole number from 1 to 1000000000"],
  [{ limit: "many" }, 'Cannot read count "many", expected a whole number such as "100" or "10k"'],
  [{ window: "0s" }, 'Cannot use window, expected whole milliseconds from "1ms" to "31d"'],
  [{ window: "32d" }, 'Cannot use window, expected whole milliseconds from "1ms" to "31d"'],
  [{ window: "0.5ms" }, 'Cannot use window, expected whole milliseconds from "1ms" to "31d"'],
  [{ nodes: "one" }, 'Cannot read nodes "one", expected a list such as "1,2,3" or "1=10.0.0.1:8081,2"'],
  [{ localOverlap: "0" }, "Cannot use local-overlap, expected a whole number from 1 to 10000"],
  [{ token: "" }, "it is empty, expected a secret of at least one character"],
  [{ heartbeat: "0s" }, 'Cannot use heartbeat, expected at least "10ms"'],
  [{ insecure: "yes" }, 'Cannot read "yes", expected true or false'],
  [
    { allowedHosts: "limiter.example:80" },
    'Cannot use host name "limiter.example:80", expected names without a port such as "limiter.example,limiter.internal"',
  ],
  [{ maxLimit: "0" }, "Cannot use max-limit, expected a whole number from 1 to 1000000000"],
  [{ maxWindow: "32d" }, 'Cannot use max-window, expected whole milliseconds from "1ms" to "31d"'],
  [{ maxCost: "2M" }, "Cannot use max-cost, expected a whole number from 1 to 1000000"],
  ...["0s", "1500ms", "256s"].map(
    (idleTimeout) => [{ idleTimeout }, 'Cannot use idle-timeout, expected whole seconds from "1s" to "255s"'] as const,
  ),
  [{ maxConnections: "0" }, "Cannot use max-connections, expected a whole number from 1 to 1000000"],
  [{ clockOffsetMs: "late" }, "Cannot use clock offset, expected whole milliseconds"],
])("LimiterSettings refuses %p", (flags, message) => {
  const result = v.safeParse(LimiterSettings, { node: 1, ...flags });

  expect(result.issues?.[0].message).toBe(message);
});

const LOOPBACK = ["127.0.0.1", "127.8.9.1", "localhost", "::1", "::ffff:127.0.0.1"];
const REACHABLE = ["0.0.0.0", "::", "192.168.1.5", "limiter.example", "127.evil.example", "::ffff:10.0.0.1"];

test.each(LOOPBACK)("LimiterSettings let a node listen on %s without a token", (host) => {
  expect(v.parse(LimiterSettings, { node: 1, host })).toMatchObject({ host });
});

test.each(REACHABLE)("LimiterSettings let a node listen on %s with a token or --insecure alone", (host) => {
  const [issue] = v.safeParse(LimiterSettings, { node: 1, host }).issues ?? [];

  expect(issue && v.getDotPath(issue)).toBe("host");
  expect(issue?.message).toContain("expected --token-file or --token, or --insecure");
  expect(v.parse(LimiterSettings, { node: 1, host, token: "t" })).toMatchObject({ host });
  expect(v.parse(LimiterSettings, { node: 1, host, insecure: true })).toMatchObject({ host });
});
