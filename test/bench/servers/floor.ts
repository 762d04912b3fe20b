/**
 * The floor: `POST /check` through hono as the limiter served it before `Bun.serve` routed that path itself, with all that a
 * node does for a check but deciding it. Frozen: it shares no code with the limiter, so that what makes that faster does
 * not move the floor. Measured beside the node of that time with a constant in place of Redis, it costs 0.93 of it.
 * Arguments: port, unused, limit.
 */

import { readdirSync } from "node:fs";
import { type Context, Hono } from "hono";

interface Check {
  readonly key: string;
  readonly cost: number;
  readonly limit: number;
  readonly windowMs: number;
  readonly algorithm: string;
}

interface Asked {
  readonly key: string;
  readonly cost: number;
  readonly limit: number | undefined;
  readonly windowMs: number | undefined;
}

interface Decision {
  readonly allowed: boolean;
  readonly limit: number;
  readonly count: number;
  readonly retryAfterUs: number;
  readonly moreQuotaUs: number;
  readonly resetUs: number;
  readonly source: "redis";
}

const [port = 0, , limit = 0] = process.argv.slice(2).map(Number);
const windowMs = 60_000;
const NAMES: ReadonlySet<string> = new Set(["key", "cost", "limit", "window_ms"]);
const BOUNDS_SECONDS = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];
const UTF8 = new TextDecoder("utf-8", { fatal: true });
const counts = new Float64Array(BOUNDS_SECONDS.length + 1);
const metrics = { allowed: 0, redis: 0, aborted: 0, sumMs: 0, files: 0, lateMs: 0 };
const demand = { beganMs: performance.now(), checks: 0, keys: new Map<string, number>() };
const limits = new Map<string, number>();
const blocked = new Set<string>();
const OTHER_ROUTES = [
  ["GET", "/"],
  ["GET", "/health"],
  ["GET", "/ready"],
  ["GET", "/metrics"],
  ["GET", "/api/admissions"],
  ["GET", "/api/blocks"],
  ["PUT", "/api/blocks/:key"],
  ["DELETE", "/api/blocks/:key"],
  ["GET", "/api/config"],
  ["PUT", "/api/config"],
  ["GET", "/api/counters"],
  ["GET", "/api/counters/:key"],
  ["POST", "/api/counters/:key/reset"],
  ["GET", "/api/limits"],
  ["PUT", "/api/limits"],
  ["PUT", "/api/limits/:key"],
  ["DELETE", "/api/limits/:key"],
  ["GET", "/api/nodes"],
  ["POST", "/api/node/drain"],
] as const;
const decided: Promise<Decision> = Promise.resolve({
  allowed: true,
  limit,
  count: 1,
  retryAfterUs: 0,
  moreQuotaUs: 60_000_000,
  resetUs: 60_000_000,
  source: "redis",
});

const app = new Hono({ getPath: ({ url }) => pathOf(url) });
app.on("POST", "/check", answerCheck);
for (const [method, path] of OTHER_ROUTES) app.on(method, path, (context) => context.json({ path }));
app.notFound((context) => context.json({ error: "path" }, 404));
app.onError((_error, context) => context.json({ error: "node" }, 500));
setInterval(() => (metrics.files = readdirSync("/dev/fd").length), 200);
watchLoop();

Bun.serve({
  hostname: "127.0.0.1",
  port,
  development: false,
  maxRequestBodySize: 65_536,
  idleTimeout: 75,
  fetch(request, server) {
    return request.method === "GET" ? app.fetch(request) : answerInTime(request, server);
  },
});

async function answerCheck({ req: { raw: request } }: Context): Promise<Response> {
  const startMs = performance.now();
  const asked = understand(await readBody(request), startMs);
  const response = asked instanceof Response ? asked : reply(await decided, asked);
  observe(performance.now() - startMs);
  if (request.signal.aborted) metrics.aborted += 1;
  return response;
}

async function answerInTime(request: Request, server: Bun.Server<undefined>): Promise<Response> {
  server.timeout(request, 10);
  const response = await app.fetch(request);
  server.timeout(request, 75);
  return response;
}

function pathOf(url: string): string {
  const start = url.startsWith("/") ? 0 : url.indexOf("/", "http://".length);
  for (let at = start; at < url.length; at++) {
    const code = url.charCodeAt(at);
    if (code === 0x3f || code === 0x23) return url.slice(start, at);
  }
  return url.slice(start);
}

async function readBody(request: Request): Promise<string | undefined> {
  const bytes = await request.bytes().catch(() => undefined);
  if (!bytes) return undefined;
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}

function understand(text: string | undefined, startMs: number): Check | Response {
  const body = text === undefined ? undefined : parseObject(text);
  if (!body) return Response.json({ error: "body" }, { status: 400 });
  const check = complete(readCheck(body));
  note(check.key, startMs);
  return blocked.size > 0 && blocked.has(check.key) ? Response.json({ error: "blocked" }, { status: 429 }) : check;
}

function complete({ key, cost, limit: ownLimit, windowMs: ownWindowMs }: Asked): Check {
  const managed = limits.size > 0 ? limits.get(key) : undefined;
  return {
    key,
    cost,
    limit: managed ?? ownLimit ?? limit,
    windowMs: ownWindowMs ?? windowMs,
    algorithm: "sliding-window",
  };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function watchLoop(): void {
  const dueMs = performance.now() + 10;
  setTimeout(() => {
    metrics.lateMs += Math.max(0, performance.now() - dueMs);
    watchLoop();
  }, 10);
}

function readCheck(body: Readonly<Record<string, unknown>>): Asked {
  for (const name in body) if (!NAMES.has(name)) throw new Error("field");
  const { key } = body;
  const cost = body["cost"] ?? 1;
  if (typeof key !== "string" || key === "" || key.length > 256 || key.includes("\ufffd") || !key.isWellFormed()) {
    throw new Error("key");
  }
  if (typeof cost !== "number" || !Number.isInteger(cost) || cost < 1 || cost > 10_000) throw new Error("cost");
  return { key, cost, limit: optional(body["limit"]), windowMs: optional(body["window_ms"]) };
}

function optional(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function note(key: string, nowMs: number): void {
  if (nowMs - demand.beganMs >= 2000) {
    demand.beganMs = nowMs;
    demand.keys = new Map();
  }
  const before = demand.keys.get(key) ?? 0;
  if (before > 0 || demand.keys.size < 1000) demand.keys.set(key, before + 1);
  demand.checks += 1;
}

function reply(decision: Decision, check: Check): Response {
  const { allowed, count, source } = decision;
  metrics[source] += 1;
  if (allowed) metrics.allowed += 1;
  const remaining = Math.max(0, decision.limit - count);
  const moreQuota = Math.min(Math.ceil(check.windowMs / 1000), wholeSeconds(decision.moreQuotaUs));
  const reset = Math.min(Math.ceil(check.windowMs / 1000), wholeSeconds(decision.resetUs));
  const headers: Record<string, string> = {
    "Content-Type": "application/json",
    "X-RateLimit-Limit": String(decision.limit),
    "X-RateLimit-Remaining": String(remaining),
    "X-RateLimit-Reset": String(reset),
    "RateLimit-Policy": `"default";q=${decision.limit};w=${Math.ceil(check.windowMs / 1000)}`,
    RateLimit: `"default";r=${remaining};t=${moreQuota}`,
  };
  const body =
    `{"allowed":${allowed},"limit":${decision.limit},"current_count":${count},"remaining":${remaining},` +
    `"retry_after_seconds":${seconds(decision.retryAfterUs)},"reset_seconds":${Math.min(check.windowMs / 1000, seconds(decision.resetUs))}}`;
  return new Response(body, { status: 200, headers });
}

function observe(durationMs: number): void {
  let bucket = 0;
  while (durationMs > (BOUNDS_SECONDS[bucket] ?? Number.POSITIVE_INFINITY) * 1000) bucket += 1;
  counts[bucket] = (counts[bucket] ?? 0) + 1;
  metrics.sumMs += durationMs;
}

function wholeSeconds(us: number): number {
  return Math.ceil(us / 1_000_000);
}

function seconds(us: number): number {
  return Math.ceil(us / 1000) / 1000;
}
