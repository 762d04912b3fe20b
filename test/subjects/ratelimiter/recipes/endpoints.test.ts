import { expect, test } from "bun:test";
import * as v from "valibot";
import { RateLimiterConfig } from "../../../../src/subjects/ratelimiter/config.ts";
import { rateLimiterEndpoints } from "../../../../src/subjects/ratelimiter/recipes/endpoints.ts";

const component = (id: `${string}/${string}`, address: string) => ({
  id,
  kind: id.slice(0, id.indexOf("/")),
  address,
  linkAddresses: [],
});
const components = [
  component("redis/main", "127.0.0.1:7000"),
  component("node/1", "127.0.0.1:7001"),
  component("node/2", "127.0.0.1:7002"),
];

const secret = (name: string): string | undefined => ({ token: "t", "redis-password": "p" })[name];

test("rateLimiterEndpoints() is a configuration that the subject takes, with the service's defaults as intentions", () => {
  const config = v.parse(
    RateLimiterConfig,
    rateLimiterEndpoints({ components, settings: {}, secret: () => undefined }),
  );

  expect(config).toMatchObject({
    nodes: [
      { id: "1", address: "127.0.0.1:7001" },
      { id: "2", address: "127.0.0.1:7002" },
    ],
    redis: "redis://127.0.0.1:7000",
    intended: { algorithm: "sliding-window", limit: 100, windowMs: 60_000, onRedisFailure: "local" },
  });
});

test("rateLimiterEndpoints() passes on what the deployment was brought up with", () => {
  const settings = { limit: "1k", window: "10s", algorithm: "gcra", "on-redis-failure": "closed" };
  const prometheus = component("prometheus/main", "127.0.0.1:9090");

  const config = v.parse(
    RateLimiterConfig,
    rateLimiterEndpoints({ components: [...components, prometheus], settings, secret }),
  );

  expect(config).toMatchObject({
    prometheus: "http://127.0.0.1:9090",
    token: "t",
    redisPassword: "p",
    intended: { algorithm: "gcra", limit: 1000, windowMs: 10_000, onRedisFailure: "closed" },
  });
});
