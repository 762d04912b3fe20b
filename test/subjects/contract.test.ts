import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import * as v from "valibot";
import type { Session } from "../../src/core/subject.ts";
import { systemClock } from "../../src/io/clock.ts";
import { LABS } from "../../src/subjects/labs.ts";
import { SUBJECTS } from "../../src/subjects/registry.ts";

/** What every deployment offers. */
const DEPLOYMENT_ACTIONS = ["start", "restart", "resume", "reconnect"].map((verb) => `${verb}-component`);

/** Configurations that the subjects take, with nothing behind them. */
const EXAMPLES: ReadonlyMap<string, unknown> = new Map([
  ["ratelimiter", { nodes: [{ id: "1", address: "127.0.0.1:1" }], redis: "redis://127.0.0.1:1" }],
]);

const KEBAB = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

test("the registry names every folder of subjects/, and no other", () => {
  const folders = readdirSync("src/subjects", { withFileTypes: true }).filter((entry) => entry.isDirectory());

  expect([...SUBJECTS.keys()].toSorted()).toEqual(folders.map(({ name }) => name).toSorted());
});

describe.each([...SUBJECTS])("%s", (name, load) => {
  test("has its folder's name as id, and says what it is", async () => {
    const subject = await load();

    expect(subject.id).toBe(name);
    expect(subject.description).toMatch(/\.$/);
    expect(Object.values(subject.vocabulary).every((sentence) => sentence.endsWith("."))).toBe(true);
  });

  test("has invariants with kebab-case ids of their own, a rationale and a grace", async () => {
    const { invariants } = await load();
    const ids = invariants.map(({ id }) => id);

    expect(ids).not.toBeEmpty();
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !KEBAB.test(id))).toEqual([]);
    expect(invariants.filter(({ graceMs }) => graceMs <= 0)).toEqual([]);
    expect(invariants.filter(({ rationale }) => !rationale.endsWith("."))).toEqual([]);
  });

  test("names the unit in every threshold", async () => {
    const { invariants } = await load();
    const names = invariants.flatMap(({ thresholds }) => Object.keys(thresholds));

    expect(names.filter((name) => !/(Ms|Seconds|Ratio|Units|Count|Bytes|PerSecond)$/.test(name))).toEqual([]);
  });

  test("refuses a malformed configuration and says which field", async () => {
    const subject = await load();

    expect(v.safeParse(subject.config, {}).success).toBe(false);
    await expect(subject.open({ nonsense: true }, { clock: systemClock })).rejects.toThrow(
      `Cannot use configuration of "${name}" at "`,
    );
  });

  test("offers actions with kebab-case ids of their own, each with a description and described inputs", async () => {
    await using session = await openExample(name);
    const actions = [...session.actions.values()];

    expect(actions).not.toBeEmpty();
    expect(actions.filter(({ id }) => !KEBAB.test(id))).toEqual([]);
    expect(actions.filter(({ description }) => !description.endsWith("."))).toEqual([]);
    for (const { preview } of actions) expect(() => preview({ nonsense: true })).toThrow("Cannot use input of");
  });

  test("has a lab whose faults trip invariants that there are, and are mended by actions that there are", async () => {
    const { invariants } = await load();
    const lab = await LABS.get(name)?.();
    await using session = await openExample(name);
    const invariantIds = new Set(invariants.map(({ id }) => id));
    const actionIds = new Set([...session.actions.keys(), ...DEPLOYMENT_ACTIONS]);
    const truths = lab?.faults.map(({ truth }) => truth) ?? [];

    expect(truths).not.toBeEmpty();
    expect(
      truths.flatMap(({ trips, mayTrip }) => [...trips, ...mayTrip]).filter((id) => !invariantIds.has(id)),
    ).toEqual([]);
    expect(truths.flatMap(({ fixedBy, decoys }) => [...fixedBy, ...decoys]).filter((id) => !actionIds.has(id))).toEqual(
      [],
    );
  });

  test("has no invariant that no fault must trip", async () => {
    const { invariants } = await load();
    const lab = await LABS.get(name)?.();
    const tripped = new Set(lab?.faults.flatMap(({ truth }) => truth.trips));

    expect(invariants.map(({ id }) => id).filter((id) => !tripped.has(id))).toEqual([]);
  });
});

async function openExample(name: string): Promise<Session> {
  const subject = await SUBJECTS.get(name)?.();
  if (!subject) throw new RangeError(`Cannot find subject "${name}"`);
  return await subject.open(EXAMPLES.get(name), { clock: systemClock });
}
