/** Rival: Fastify and rate-limiter-flexible on Node. Arguments: port, Redis port, limit, and `auto` for auto-pipelining. */

import Fastify from "fastify";
import { Redis } from "ioredis";
import { RateLimiterRedis } from "rate-limiter-flexible";

const [port, redisPort, limit] = process.argv.slice(2).map(Number);
const enableAutoPipelining = process.argv[5] === "auto";
const storeClient = new Redis({ host: "127.0.0.1", port: redisPort, enableOfflineQueue: false, enableAutoPipelining });
const limiter = new RateLimiterRedis({ storeClient, points: limit, duration: 60, keyPrefix: "fastify" });
const app = Fastify();

app.post("/check", async (request, reply) => {
  try {
    const { remainingPoints } = await limiter.consume(request.body.key);
    return { allowed: true, remaining: remainingPoints };
  } catch {
    return reply.code(429).send({ allowed: false, remaining: 0 });
  }
});
storeClient.once("ready", () => void app.listen({ port, host: "127.0.0.1" }));
