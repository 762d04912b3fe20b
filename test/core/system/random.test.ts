import { describe, expect, test } from "bun:test";
import { seededRandom } from "../../../src/core/system/random.ts";
import { freshSeed } from "../../../src/io/seed.ts";

describe("seededRandom()", () => {
  test("repeats itself for one seed", () => {
    expect(sequence(42)).toEqual(sequence(42));
  });

  test("differs between neighbouring seeds, zero included", () => {
    expect(new Set([0, 1, 2, 3].map((seed) => sequence(seed).join())).size).toBe(4);
  });

  test("is spread evenly over [0, 1)", () => {
    const random = seededRandom(freshSeed());
    const tenths = Array.from({ length: 10 }, () => 0);

    for (let draw = 0; draw < 100_000; draw++) {
      const tenth = Math.floor(random() * 10);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }

    expect(tenths).toHaveLength(10);
    for (const count of tenths) expect(count / 100_000).toBeCloseTo(0.1, 1);
  });
});

function sequence(seed: number): readonly number[] {
  const random = seededRandom(seed);
  return Array.from({ length: 5 }, random);
}
