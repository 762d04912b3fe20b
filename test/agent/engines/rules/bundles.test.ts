/** Recorded cases of the faults of both labs: what `rules` says of each is what it said when it was recorded, or better. */

import { expect, test } from "bun:test";
import { readCase, writeCase } from "../../../../src/agent/case/case.ts";
import { ratelimiterLab } from "../../../../src/subjects/ratelimiter/lab/mod.ts";
import { tikvLab } from "../../../../src/subjects/tikv/lab/mod.ts";
import { type Bundle, bundlesOf, diagnose, readBundles, type Said, saidOf } from "../../bundles.ts";

const MOST_BYTES = 90 * 1024;

const ofLimiter = await readBundles();
const ofTikv = await readBundles(bundlesOf("tikv"));
const bundles = [...ofLimiter, ...ofTikv];

test.each([
  [ratelimiterLab, ofLimiter],
  [tikvLab, ofTikv],
])("there is a bundle for every fault of a lab that must trip something", ({ faults }, own) => {
  const showing = faults.filter(({ truth }) => truth.trips.length > 0).map(({ id }) => id);

  expect(showing.filter((id) => !own.some(({ fault }) => fault === id))).toEqual([]);
});

for (const bundle of bundles) {
  test(`rules says of a recorded ${bundle.fault} of ${bundle.case.subject.id} what it said then, or better`, async () => {
    const now = saidOf(await diagnose(bundle.case));

    expect(now).toSatisfy((said: Said | null) => isNoWorse(said, bundle));
  });

  test(`a case of ${bundle.fault} of ${bundle.case.subject.id}, written and read back, is small and diagnoses the same`, async () => {
    const text = writeCase(bundle.case);
    const read = readCase(text);

    expect(read).toEqual(bundle.case);
    expect(await diagnose(read)).toEqual(await diagnose(bundle.case));
    expect(text.length).toBeLessThan(MOST_BYTES);
  });
}

test.each([
  ["crash", "confirmed", true],
  ["hang", "likely", false],
  ["hang", "confirmed", false],
  ["crash", "likely", false],
] as const)("a bundle that was diagnosed rightly as a crash may now be a %s, %s: %p", (mechanism, verdict, may) => {
  const [bundle] = bundles;
  if (!bundle) throw new Error("There is no bundle");
  const right = { component: "lamp/1", mechanism: "crash", verdict: "confirmed", claims: [] };
  const known = { ...bundle, truth: { component: "lamp/1", mechanism: "crash" }, diagnosis: right };

  expect(isNoWorse({ ...right, mechanism, verdict }, known)).toBe(may);
});

/** Right where it was wrong, or as it was: the same cause, every claim that was true still made and true. */
function isNoWorse(now: Said | null, { truth, diagnosis: then }: Bundle): boolean {
  const isRight = (said: Said | null): boolean =>
    said?.component === truth.component && said.mechanism === truth.mechanism;
  if (isRight(now) && !isRight(then)) return true;
  if (!now) return !isRight(then);
  if (!then) return false;
  if (now.component !== then.component || now.mechanism !== then.mechanism) return false;
  if (then.verdict === "confirmed" && now.verdict !== "confirmed") return false;
  const carried = new Set(
    now.claims.filter(({ outcome }) => outcome === "true").map(({ side, claim }) => `${side} ${claim}`),
  );
  return then.claims
    .filter(({ outcome }) => outcome === "true")
    .every(({ side, claim }) => carried.has(`${side} ${claim}`));
}
