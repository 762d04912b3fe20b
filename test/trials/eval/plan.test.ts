import { expect, test } from "bun:test";
import { planTrials } from "../../../src/trials/eval/plan.ts";

const IDS = ["a", "b", "c", "d", "e"];
const FAULTS = IDS.map((id) => faultOf(id));

test("planTrials() tries every fault in each round, pairs of two, and health", () => {
  const planned = planTrials(FAULTS, { trials: 3, seed: 1 });
  const kindsOf = (kind: string) => planned.filter((one) => one.kind === kind);

  expect(kindsOf("fault").map(({ faults: [fault] }) => fault)).toEqual([...IDS, ...IDS, ...IDS]);
  expect(kindsOf("pair").length).toBe(3);
  expect(kindsOf("pair").every(({ faults: [one, other] }) => one !== other && other !== undefined)).toBe(true);
  expect(kindsOf("healthy").length).toBe(9);
});

test("planTrials() gives every trial a name, a seed and a strength of its own, every round its load, the same for the same seed", () => {
  const planned = planTrials(FAULTS, { trials: 3, seed: 1 });

  expect(new Set(planned.map(({ id }) => id)).size).toBe(planned.length);
  expect(new Set(planned.map(({ seed }) => seed)).size).toBe(planned.length);
  expect(new Set(planned.map(({ strength }) => strength)).size).toBe(planned.length);
  expect(planned.every(({ strength }) => strength >= 1 && strength <= 2)).toBe(true);
  expect(new Set(planned.map(({ load }) => load)).size).toBe(3);
  expect(planned.every(({ load }) => load >= 0.8 && load <= 1.4)).toBe(true);
  expect(planTrials(FAULTS, { trials: 3, seed: 1 })).toEqual(planned);
  expect(planTrials(FAULTS, { trials: 3, seed: 2 })).not.toEqual(planned);
});

test("planTrials() of one fault has no pair, and health all the same", () => {
  expect(planTrials([faultOf("a")], { trials: 1, seed: 1 }).map(({ kind }) => kind)).toEqual(["fault", "healthy"]);
});

test("planTrials() pairs nothing that trips nothing, and no two of one component that is the same each time", () => {
  const faults = [faultOf("a", "mains/1"), faultOf("b", "mains/1"), faultOf("c", "victim"), faultOf("d", "victim", [])];

  const pairs = planTrials(faults, { trials: 20, seed: 1 }).filter(({ kind }) => kind === "pair");

  expect(pairs.length).toBeGreaterThan(0);
  expect(pairs.every(({ faults: ids }) => ids.includes("c") && !ids.includes("d"))).toBe(true);
});

function faultOf(id: string, component = "victim", trips: readonly string[] = ["shines"]) {
  return { id, truth: { component, trips } };
}
