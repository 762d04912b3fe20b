import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { type Ladder, LOWEST, permit } from "../../../src/core/safety/ladder.ts";
import { RISKS } from "../../../src/core/words/risk.ts";

const ORDER = ["refuse", "ask", "run"] as const;

/** Every ladder, from the lowest to the highest. */
const LADDERS: readonly Ladder[] = [
  LOWEST,
  { rung: "approve" },
  ...RISKS.map((upTo) => ({ rung: "auto", upTo }) as const),
];

const risk = fc.constantFrom(...RISKS);
const place = fc.nat({ max: LADDERS.length - 1 });

test("permit() refuses everything at observe and asks for everything at approve", () => {
  expect(RISKS.map((risk) => permit(LOWEST, risk))).toEqual(RISKS.map(() => "refuse"));
  expect(RISKS.map((risk) => permit({ rung: "approve" }, risk))).toEqual(RISKS.map(() => "ask"));
});

test("permit() runs at auto what is at most of that risk and asks for the rest", () => {
  const said = RISKS.map((risk) => permit({ rung: "auto", upTo: "reversible" }, risk));

  expect(said).toEqual(["run", "run", "ask", "ask"]);
});

test("permit() never allows less on a higher rung, nor more to a higher risk", () => {
  fc.assert(
    fc.property(place, place, risk, risk, (a, b, first, second) => {
      const [low, high] = [LADDERS[Math.min(a, b)] ?? LOWEST, LADDERS[Math.max(a, b)] ?? LOWEST];
      const [mild, grave] = [first, second].toSorted((x, y) => RISKS.indexOf(x) - RISKS.indexOf(y));
      const rank = (ladder: Ladder, of = first): number => ORDER.indexOf(permit(ladder, of));

      expect(rank(low)).toBeLessThanOrEqual(rank(high));
      expect(rank(high, grave)).toBeLessThanOrEqual(rank(high, mild));
    }),
  );
});
