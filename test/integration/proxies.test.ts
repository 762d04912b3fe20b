/** Real load balancers in front of real nodes, with the checks that they make by default. */

import { afterAll, beforeAll, expect, setDefaultTimeout } from "bun:test";
import { startService, type TestService } from "../limiter/services.ts";
import { startHaProxy, startNginx, testWithProxies } from "../proxies.ts";
import { type RedisServer, startRedis } from "../redis-server.ts";
import { until } from "../until.ts";

setDefaultTimeout(60_000);

/** How a backend may check its servers, as HAProxy's manual shows it. */
const CHECKS = {
  "by-default": ["option httpchk"],
  tcp: [],
  ready: ["option httpchk GET /ready"],
  head: ["option httpchk HEAD /ready"],
  "with-host": ["option httpchk", "http-check send meth GET uri /ready ver HTTP/1.1 hdr Host limiter.example"],
} as const;

let redis: RedisServer;
let nodes: readonly TestService[];
let addresses: readonly string[];
beforeAll(async () => {
  redis = await startRedis();
  nodes = await Promise.all([1, 2].map((node) => startService({ flags: { node, redis: redis.url, limit: 1000 } })));
  addresses = nodes.map(({ service }) => `127.0.0.1:${service.port}`);
});
afterAll(async () => {
  await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()));
  await redis[Symbol.asyncDispose]();
});

testWithProxies(
  "HAProxy finds every node up by each of its checks, and one that drains down by those of HTTP",
  async () => {
    await using proxy = await startHaProxy(CHECKS, addresses);
    const all = (one: string, two: string) => async () => {
      const states = await proxy.states();
      const http = Object.keys(CHECKS).filter((name) => name !== "tcp");
      return states["tcp/node-2"] === "UP" && http.every((name) => isSo(states, name, [one, two]));
    };

    await until(all("UP", "UP"));
    const answers = await Promise.all(Array.from({ length: 10 }, () => check(proxy.url)));
    await nodes[1]?.call("POST", "/api/node/drain");
    await until(all("UP", "DOWN"));
    const drained = await Promise.all(Array.from({ length: 10 }, () => check(proxy.url)));
    await nodes[1]?.call("POST", "/api/node/undrain");
    await until(all("UP", "UP"));

    expect(new Set([...answers, ...drained])).toEqual(new Set([200]));
  },
);

testWithProxies("nginx passes checks on by HTTP/1.0, and to the other node when one is gone", async () => {
  await using three = await startService({ flags: { node: 3, redis: redis.url, limit: 1000 } });
  await using proxy = await startNginx([`127.0.0.1:${three.service.port}`, ...addresses.slice(0, 1)]);

  const both = await Promise.all(Array.from({ length: 10 }, () => check(proxy.url)));
  const head = await fetch(`${proxy.url}/ready`, { method: "HEAD" });
  await three.service.stop();
  const one: (number | undefined)[] = [];
  for (let sent = 0; sent < 10; sent += 1) one.push(await check(proxy.url));

  expect(new Set([...both, ...one])).toEqual(new Set([200]));
  expect(head.status).toBe(200);
  expect(Number(head.headers.get("content-length"))).toBeGreaterThan(0);
});

function isSo(states: Readonly<Record<string, string>>, backend: string, wanted: readonly string[]): boolean {
  return wanted.every((state, index) => states[`${backend}/node-${index + 1}`]?.startsWith(state));
}

async function check(url: string): Promise<number> {
  return (await fetch(`${url}/check`, { method: "POST", body: '{"key":"a"}' })).status;
}
