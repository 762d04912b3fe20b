import { expect, test } from "bun:test";
import { measureEventLoopLag } from "../../src/limiter/event-loop-lag.ts";
import { LatencyHistogram } from "../../src/limiter/latency-histogram.ts";
import { until } from "../redis-server.ts";
import { makeNode } from "./test-node.ts";

test("GET /metrics tells requests by result, and nothing by key", async () => {
  const { node, send } = makeNode({ limit: 1 });
  for (let i = 0; i < 3; i += 1) await send("POST", "/check", { body: { key: "user:1" } });
  await send("POST", "/check", { body: "{" });
  node.metrics.redisCalls.observe(0.3);
  node.metrics.redisErrors = 4;

  const { headers, body } = await send("GET", "/metrics");

  const lines = String(body).split("\n");
  expect(headers.get("content-type")).toContain("version=0.0.4");
  expect(lines).toContain('ratelimiter_requests_total{result="allowed"} 1');
  expect(lines).toContain('ratelimiter_requests_total{result="limited"} 2');
  expect(lines).toContain('ratelimiter_requests_total{result="invalid"} 1');
  expect(lines).toContain('ratelimiter_decisions_total{source="redis"} 3');
  expect(lines).toContain("ratelimiter_check_duration_seconds_count 4");
  expect(lines).toContain('ratelimiter_redis_duration_seconds_bucket{le="0.0005"} 1');
  expect(lines).toContain("ratelimiter_redis_errors_total 4");
  expect(lines).toContain("ratelimiter_active_keys 1");
  expect(lines).toContain("ratelimiter_degraded 0");
  expect(lines).toContain('ratelimiter_build_info{version="1.2.3",node="2"} 1');
  expect(String(body)).not.toContain("user:1");
});

test("GET /metrics counts on from scrape to scrape", async () => {
  const { decider, send } = makeNode();
  await send("GET", "/metrics");
  decider.connected = false;
  await send("POST", "/check", { body: { key: "a" } });

  const { body } = await send("GET", "/metrics");

  expect(String(body)).toContain('ratelimiter_requests_total{result="allowed"} 1\n');
  expect(String(body)).toContain("ratelimiter_degraded 1\n");
  expect(String(body)).toContain("ratelimiter_degraded_seconds_total 1.5\n");
});

test("LatencyHistogram counts into cumulative buckets up to infinity", () => {
  const histogram = new LatencyHistogram("x_seconds", "Time");
  for (const durationMs of [0.05, 0.2, 5, 2000]) histogram.observe(durationMs);

  const lines = histogram.exposition().split("\n");

  expect(lines.slice(0, 2)).toEqual(["# HELP x_seconds Time", "# TYPE x_seconds histogram"]);
  expect(lines).toContain('x_seconds_bucket{le="0.00005"} 1');
  expect(lines).toContain('x_seconds_bucket{le="0.0001"} 1');
  expect(lines).toContain('x_seconds_bucket{le="0.00025"} 2');
  expect(lines).toContain('x_seconds_bucket{le="0.005"} 3');
  expect(lines).toContain('x_seconds_bucket{le="1"} 3');
  expect(lines).toContain('x_seconds_bucket{le="+Inf"} 4');
  expect(lines).toContain("x_seconds_sum 2.00525");
  expect(lines).toContain("x_seconds_count 4");
});

test("measureEventLoopLag() adds up by how much the loop was blocked", async () => {
  using lag = measureEventLoopLag(5);

  const blockedUntilMs = performance.now() + 50;
  while (performance.now() < blockedUntilMs);

  await until(() => lag.seconds >= 0.04);
});
