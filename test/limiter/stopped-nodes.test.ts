import { expect, setDefaultTimeout, test } from "bun:test";
import { freshSeed } from "../../src/io/seed.ts";
import { stopNodes } from "../prove/limiter-stops.ts";

setDefaultTimeout(60_000);

test("three nodes that are stopped at random admit exactly the limit, and are not decided for by their policy", async () => {
  const seed = freshSeed();

  const found = await Promise.all(
    (["local", "open"] as const).map((policy) => stopNodes({ policy, rounds: 4, longestMs: 500, seed })),
  );

  for (const { byPolicy, inexact } of found)
    expect({ seed, byPolicy, inexact }).toEqual({ seed, byPolicy: 0, inexact: 0 });
});
