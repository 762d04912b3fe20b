import { describe, expect, test } from "bun:test";
import { seededRandom } from "../../src/core/system/random.ts";
import { type KeyOptions, keyChooser } from "../../src/load/keys.ts";

const DRAWS = 200_000;

describe("keyChooser()", () => {
  test("repeats its choices for one seed and not for another", () => {
    const [first, again, other] = [1, 1, 2].map((seed) => draw({ keys: 1000, zipf: 1.1 }, seed, 50));

    expect(again).toEqual(first ?? []);
    expect(other).not.toEqual(first ?? []);
  });

  test("spreads evenly without an exponent", () => {
    const shares = sharesOf({ keys: 10 });

    for (const share of shares) expect(share).toBeCloseTo(0.1, 2);
  });

  test("weighs key n by 1/(n+1)^s with an exponent", () => {
    const weights = Array.from({ length: 100 }, (_, key) => (key + 1) ** -1.1);
    const total = weights.reduce((sum, weight) => sum + weight, 0);

    const shares = sharesOf({ keys: 100, zipf: 1.1 });

    for (const [key, weight] of weights.entries()) expect(shares[key] ?? 0).toBeCloseTo(weight / total, 2);
  });

  test("sends the hot key its share on top of its usual one", () => {
    const [hot = 0, ...rest] = sharesOf({ keys: 11, hotRatio: 0.45 });

    expect(hot).toBeCloseTo(0.45 + 0.55 / 11, 2);
    for (const share of rest) expect(share).toBeCloseTo(0.05, 2);
  });

  test("uses the only key there is", () => {
    expect(sharesOf({ keys: 1, zipf: 2 })).toEqual([1]);
  });
});

function draw(options: KeyOptions, seed: number, count: number): readonly number[] {
  const choose = keyChooser(options, seededRandom(seed));
  return Array.from({ length: count }, choose);
}

function sharesOf(options: KeyOptions): readonly number[] {
  const counts = Array.from({ length: options.keys }, () => 0);
  for (const key of draw(options, 7, DRAWS)) counts[key] = (counts[key] ?? 0) + 1;
  return counts.map((count) => count / DRAWS);
}
