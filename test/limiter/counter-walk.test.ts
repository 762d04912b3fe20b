import { afterAll, describe, expect, test } from "bun:test";
import { freshSeed } from "../../src/io/seed.ts";
import { startRedis } from "../redis-server.ts";
import { walkCounters } from "./counter-walk.ts";
import { connectForTest } from "./redis-clock.ts";

const server = await startRedis();
const client = await connectForTest(server.url);
afterAll(async () => {
  client.disconnect();
  await server[Symbol.asyncDispose]();
});

/** `bun run prove limiter-script` walks on for longer. */
describe("on random walks the exact sliding window answers as the model of it allows", () => {
  test.each([
    ["each key has one rule", false],
    ["limit and window change and the clock steps back", true],
  ])(
    "where %s",
    async (_name, changing) => {
      const seed = freshSeed();

      const { deviations, allowed, denied } = await walkCounters(client, {
        algorithm: "sliding-window",
        seed,
        changing,
        steps: 4000,
      });

      expect({ seed, deviations: deviations.slice(0, 3) }).toEqual({ seed, deviations: [] });
      expect(Math.min(allowed, denied)).toBeGreaterThan(200);
    },
    60_000,
  );
});
