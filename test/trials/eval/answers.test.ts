import { beforeAll, expect, test } from "bun:test";
import { rules } from "../../../src/agent/engines/rules/mod.ts";
import { systemClock } from "../../../src/io/clock.ts";
import { answersTo, answersToAll } from "../../../src/trials/eval/answers.ts";
import { withheld } from "../../../src/trials/eval/withhold.ts";
import { type Bundle, readBundles } from "../../agent/bundles.ts";
import { aCase } from "../../agent/cases.ts";

const ASKED = { engine: rules, seed: 3, clock: systemClock, signal: AbortSignal.timeout(30_000) };
let bundles: readonly Bundle[] = [];

beforeAll(async () => {
  bundles = (await readBundles()).filter(({ fault }) => fault === "node-kill" || fault === "redis-hang");
});

test("answersTo() has the engine and the baselines answer, each at most so many causes", async () => {
  for (const { case: given, truth } of bundles) {
    const answers = await answersTo(given, ASKED);

    expect(answers["rules"]?.[0]).toMatchObject(truth);
    expect(Object.keys(answers)).toEqual(["rules", "largest-z", "first-alert", "random"]);
    expect(Object.values(answers).every(({ length }) => length >= 1 && length <= 3)).toBe(true);
  }
});

test("answersTo() of an empty case: nobody names a cause", async () => {
  expect(Object.values(await answersTo(aCase({}), ASKED)).flat()).toEqual([]);
});

test("the rules name no cause of a case of which all telemetry is withheld", async () => {
  expect(bundles.length).toBe(2);
  for (const { case: given } of bundles) {
    expect((await answersTo(withheld(given), ASKED))["rules"]).toEqual([]);
  }
});

test("answersToAll() has every incident answered that was open at once, and names each cause once", async () => {
  const [first, second] = bundles;
  const cases = [first, second, first].flatMap((bundle) => bundle?.case ?? []);

  const { rules: said } = await answersToAll(cases, ASKED);

  expect(said?.map(({ component, mechanism }) => `${mechanism} of ${component}`)).toEqual(
    [first, second].map((bundle) => `${bundle?.truth.mechanism} of ${bundle?.truth.component}`),
  );
  expect(await answersToAll([], ASKED)).toEqual({ rules: [] });
});
