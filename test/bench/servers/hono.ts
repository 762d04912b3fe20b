/** Rival: hono on Bun and rate-limiter-flexible. Arguments: port, Redis port, limit, and `auto` for auto-pipelining. */

import { Hono } from "hono";
import { Redis } from "ioredis";
import { RateLimiterRedis } from "rate-limiter-flexible";

const [port = 0, redisPort = 0, limit = 0] = process.argv.slice(2).map(Number);
const enableAutoPipelining = process.argv[5] === "auto";
const storeClient = new Redis({ host: "127.0.0.1", port: redisPort, enableOfflineQueue: false, enableAutoPipelining });
const limiter = new RateLimiterRedis({ storeClient, points: limit, duration: 60, keyPrefix: "hono" });
const app = new Hono();

app.post("/check", async (context) => {
  try {
    const { key } = await context.req.json<{ key: string }>();
    const { remainingPoints } = await limiter.consume(key);
    return context.json({ allowed: true, remaining: remainingPoints });
  } catch {
    return context.json({ allowed: false, remaining: 0 }, 429);
  }
});
storeClient.once("ready", () => Bun.serve({ port, hostname: "127.0.0.1", fetch: app.fetch }));
