import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { quantileOfSorted, quantilesIn, sortPart } from "../../../../src/core/system/statistics/quantiles.ts";

const numbers = fc.float64Array({ minLength: 1, maxLength: 200, noNaN: true, noDefaultInfinity: true });
const share = fc.double({ min: 0, max: 1, noNaN: true });

test("quantilesIn() and quantileOfSorted() agree with the definition by sorting", () => {
  fc.assert(
    fc.property(numbers, fc.array(share, { minLength: 1, maxLength: 4 }), (values, unordered) => {
      const shares = unordered.toSorted((a, b) => a - b);
      const sorted = values.toSorted();
      const expected = shares.map((one) => byDefinition(sorted, one));

      expect(quantilesIn(values.slice(), shares)).toEqual(expected);
      expect(shares.map((one) => quantileOfSorted(sorted, { from: 0, to: sorted.length }, one))).toEqual(expected);
    }),
  );
});

test("quantilesIn() and quantileOfSorted() of nothing are no number", () => {
  expect(quantilesIn(new Float64Array(), [0.5])).toEqual([Number.NaN]);
  expect(quantileOfSorted(new Float64Array(), { from: 0, to: 0 }, 0.5)).toBeNaN();
});

test("sortPart() sorts a short part and a long one, and nothing else", () => {
  fc.assert(
    fc.property(numbers, fc.nat(200), fc.nat(200), (values, a, b) => {
      const [from, to] = [Math.min(a, b, values.length), Math.min(Math.max(a, b), values.length)];
      const expected = [...values.slice(0, from), ...values.slice(from, to).toSorted(), ...values.slice(to)];

      sortPart(values, { from, to });

      expect([...values]).toEqual(expected);
    }),
  );
});

function byDefinition(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const place = Math.floor(at);
  const value = sorted[place] ?? Number.NaN;
  return at === place ? value : value + ((sorted[place + 1] ?? 0) - value) * (at - place);
}
