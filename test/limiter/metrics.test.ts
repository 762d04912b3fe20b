import { expect, test } from "bun:test";
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
  expect(lines.filter((line) => line.startsWith("ratelimiter_degraded{") && !line.endsWith(" 0"))).toEqual([]);
  expect(lines).toContain('ratelimiter_build_info{version="1.2.3",node="2"} 1');
  expect(String(body)).not.toContain("user:1");
});

test("GET /metrics counts on from scrape to scrape", async () => {
  const { decider, send } = makeNode();
  await send("GET", "/metrics");
  decider.connected = false;
  decider.reason = "OOM";
  await send("POST", "/check", { body: { key: "a" } });

  const { body } = await send("GET", "/metrics");

  expect(String(body)).toContain('ratelimiter_requests_total{result="allowed"} 1\n');
  expect(String(body)).toContain('ratelimiter_degraded{reason="OOM"} 1\n');
  expect(String(body)).toContain('ratelimiter_degraded{reason="silent"} 0\n');
  expect(String(body)).toContain("ratelimiter_degraded_seconds_total 1.5\n");
});

test("GET /metrics tells what handlers cannot measure: waits, lag and stalls", async () => {
  const { node, send } = makeNode();
  node.metrics.arrivalWaits.observe({ elapsedMs: 260, stallMs: 250 });

  const lines = String((await send("GET", "/metrics")).body).split("\n");

  expect(lines).toContain('ratelimiter_arrival_wait_seconds_bucket{le="0.1"} 110');
  expect(lines).toContain("ratelimiter_arrival_wait_seconds_count 260");
  expect(lines).toContain("ratelimiter_event_loop_lag_seconds_total 0");
  expect(lines).toContain("ratelimiter_stalled_seconds_total 0");
});

const TEXT = "text/plain; version=0.0.4; charset=utf-8";
const OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";

test.each([
  [undefined, TEXT],
  ["*/*", TEXT],
  ["text/html,application/xhtml+xml,*/*;q=0.8", TEXT],
  ["text/plain;version=1.0.0;escaping=allow-utf-8;q=0.9,text/plain;version=0.0.4;q=0.8,*/*;q=0.1", TEXT],
  ["application/openmetrics-text;q=0,text/plain", TEXT],
  [
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;q=0.5",
    OPEN_METRICS,
  ],
  [
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
    OPEN_METRICS,
  ],
])("GET /metrics with Accept %p answers %s", async (accept, type) => {
  const { headers, body } = await makeNode().send("GET", "/metrics", {
    headers: accept === undefined ? {} : { accept },
  });

  expect(headers.get("content-type")).toBe(type);
  expect(headers.get("vary")).toBe("accept");
  expect(String(body).endsWith("\n# EOF\n")).toBe(type === OPEN_METRICS);
});
