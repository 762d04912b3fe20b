import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import * as v from "valibot";
import { systemClock } from "../../src/io/clock.ts";
import { SUBJECTS } from "../../src/subjects/registry.ts";

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
});
