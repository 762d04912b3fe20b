import { afterAll, describe, expect, test } from "bun:test";
import { ALGORITHMS } from "../../lua/algorithms.ts";
import { freshSeed } from "../../src/io/seed.ts";
import { startRedis } from "../redis-server.ts";
import { OF_EACH_KIND, walkCounters } from "./counter-walk.ts";
import { connectForTest } from "./redis-clock.ts";

const server = await startRedis();
const client = await connectForTest(server.url);
afterAll(async () => {
  client.disconnect();
  await server[Symbol.asyncDispose]();
});

/** `bun run prove limiter-script` walks on for longer. */
describe.each(ALGORITHMS)("on random walks %s answers as the model of it allows", (algorithm) => {
  test.each([
    ["each key has one rule", false],
    ["limits change, windows take turns and the clock steps back", true],
  ])(
    "where %s",
    async (_name, changing) => {
      const seed = freshSeed();
      const steps = algorithm === "sliding-window" ? 4000 : 1000;

      const { deviations, allowed, denied } = await walkCounters(client, { algorithm, seed, changing, steps });

      expect({ seed, deviations: deviations.slice(0, 3) }).toEqual({ seed, deviations: [] });
      expect(Math.min(allowed, denied)).toBeGreaterThan(OF_EACH_KIND);
    },
    60_000,
  );
});
