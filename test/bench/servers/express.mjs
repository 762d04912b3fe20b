/** Rival: Express and rate-limiter-flexible on Node. Arguments: port, Redis port, limit. */

import express from "express";
import { Redis } from "ioredis";
import { RateLimiterRedis } from "rate-limiter-flexible";

const [port, redisPort, limit] = process.argv.slice(2).map(Number);
const storeClient = new Redis({ host: "127.0.0.1", port: redisPort, enableOfflineQueue: false });
const limiter = new RateLimiterRedis({ storeClient, points: limit, duration: 60, keyPrefix: "express" });
const app = express();
app.use(express.json());

// oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Express 5 forwards rejections itself
app.post("/check", async (request, response) => {
  try {
    const { remainingPoints } = await limiter.consume(request.body.key);
    response.json({ allowed: true, remaining: remainingPoints });
  } catch {
    response.status(429).json({ allowed: false, remaining: 0 });
  }
});
storeClient.once("ready", () => app.listen(port, "127.0.0.1"));
