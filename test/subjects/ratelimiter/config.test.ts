import { expect, test } from "bun:test";
import { systemClock } from "../../../src/io/clock.ts";
import { ratelimiter } from "../../../src/subjects/ratelimiter/mod.ts";

const nodes = [{ id: "1", address: "127.0.0.1:1" }];
const redis = "redis://127.0.0.1:1";

test.each([
  ["no nodes", { nodes: [], redis }, 'at "nodes": Cannot watch an empty list of nodes'],
  ["one id twice", { nodes: [...nodes, ...nodes], redis }, 'at "nodes": Cannot use the same node id twice'],
  ["one address twice", { nodes: "1=a:1,2=a:1", redis }, 'at "nodes": Cannot use the same node address twice'],
  ["an address with a scheme", { nodes: [{ id: "1", address: "http://a:1" }], redis }, 'at "nodes.0.address"'],
  ["an address without a port", { nodes: [{ id: "1", address: "a" }], redis }, 'expected "host:port"'],
  ["an address with credentials", { nodes: [{ id: "1", address: "secret@a:1" }], redis }, 'at "nodes.0.address"'],
  ["an address that goes on", { nodes: [{ id: "1", address: "a#b:1" }], redis }, 'at "nodes.0.address"'],
  ["a port that there is not", { nodes: [{ id: "1", address: "a:99999" }], redis }, 'at "nodes.0.address"'],
  ["another database", { nodes, redis: "http://a" }, 'at "redis": Cannot use Redis address'],
  ["a Prometheus by another protocol", { nodes, redis, prometheus: "ftp://a" }, 'at "prometheus"'],
  ["a Prometheus with a query", { nodes, redis, prometheus: "http://a/?token=x" }, 'at "prometheus"'],
  ["no time for a probe", { nodes, redis, probeTimeout: "0ms" }, 'at "probeTimeout"'],
  ["too much time for a probe", { nodes, redis, probeTimeout: "100d" }, 'at "probeTimeout"'],
  ["an unknown algorithm", { nodes, redis, intended: { algorithm: "best" } }, 'at "intended.algorithm"'],
  ["an address of Redis without a port", { nodes, redis: "redis://:%E0@a:0" }, 'at "redis": Cannot use Redis address'],
  ["a password beside that of the address", { nodes, redis: "redis://:a@b", redisPassword: "c" }, 'at "redisPassword"'],
  ["a password of Sentinels that there are not", { nodes, redis, sentinelPassword: "c" }, 'at "sentinelPassword"'],
  ["an empty token", { nodes, redis, token: "" }, 'at "token": it is empty'],
  ["an unknown field", { nodes, redis, nodez: 1 }, 'at "nodez"'],
])("%s is refused by its field", async (_what, config, words) => {
  expect(() => ratelimiter.configure(config)).toThrow(words);
});

test("everything can be written as text, as in an environment", async () => {
  const text = {
    nodes: "1=127.0.0.1:1, 2=127.0.0.1:2",
    redis,
    intended: { limit: "1k", windowMs: "10s" },
    probeTimeout: "250ms",
  };
  await using session = await ratelimiter.configure(text).open({ clock: systemClock });

  expect(session.topology().groups).toMatchObject([{ members: ["node/1", "node/2"] }]);
  expect(() => ratelimiter.configure({ ...text, nodes: "a:1" })).toThrow('at "nodes.0.');
});

test("the topology names what should be there, whether it answers or not", async () => {
  await using session = await ratelimiter.configure({ nodes, redis: "redis://10.0.0.9" }).open({ clock: systemClock });

  expect(session.topology()).toEqual({
    components: [
      { id: "node/1", kind: "node", address: "127.0.0.1:1" },
      { id: "redis/main", kind: "redis", address: "10.0.0.9:6379" },
      { id: "clients/all", kind: "clients" },
      { id: "cluster/ratelimiter", kind: "cluster" },
    ],
    links: [
      { from: "node/1", to: "redis/main", kind: "tcp" },
      { from: "clients/all", to: "node/1", kind: "http" },
    ],
    groups: [{ id: "cluster/ratelimiter", members: ["node/1"], minimumUp: 1 }],
  });
  expect(session.scrapes()).toEqual([{ component: "node/1", url: "http://127.0.0.1:1/metrics" }]);
});

test("an address may be of the sixth version", async () => {
  const config = { nodes: [{ id: "1", address: "[::1]:1" }], redis: "redis://[::1]" };
  await using session = await ratelimiter.configure(config).open({ clock: systemClock });

  const addresses = session.topology().components.flatMap(({ address }) => address ?? []);

  expect(addresses).toEqual(["[::1]:1", "[::1]:6379"]);
  expect(session.scrapes()).toMatchObject([{ url: "http://[::1]:1/metrics" }]);
});

test("a checkup without any answer is a failed probe that names whom it asked, and why", async () => {
  await using session = await ratelimiter.configure({ nodes, redis }).open({ clock: systemClock });

  const look = session.look({ signal: new AbortController().signal });

  await expect(look).rejects.toThrow(
    /nothing answers: .*127.0.0.1:1\/health.* refused.*; .*Redis at "127.0.0.1:1".*ECONNREFUSED/,
  );
});
