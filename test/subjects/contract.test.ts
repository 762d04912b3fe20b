/** What every subject promises the core, whatever system it is about. */

import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import * as v from "valibot";
import { argsOfSchema } from "../../src/cli/args/flags/schema-args.ts";
import { load } from "../../src/cli/commands/cluster/load.ts";
import { up } from "../../src/cli/commands/cluster/up.ts";
import type { Checkup } from "../../src/core/subject/checkup.ts";
import type { Session } from "../../src/core/subject/subject.ts";
import { ProbeError } from "../../src/core/text/errors.ts";
import { OWN_INVARIANTS } from "../../src/core/tickets/own-invariants.ts";
import { systemClock } from "../../src/io/clock.ts";
import { LABS } from "../../src/subjects/labs.ts";
import { SUBJECTS } from "../../src/subjects/registry.ts";
import { TRIALS } from "./trials.ts";

/** Judged by core itself, where there is something to judge. */
const OWN = new Set(OWN_INVARIANTS.map(({ id }) => id));

/** What every deployment offers. */
const DEPLOYMENT_ACTIONS = ["start", "restart", "resume", "reconnect"].map((verb) => `${verb}-component`);

/** What `up` and `load` take for every subject. */
const COMMON_FLAGS = new Set([...Object.keys(up.args), ...Object.keys(load.args)]);

const KEBAB = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const ENTITY = /^[a-z][a-z0-9-]*\/.+$/s;

test("the registries name every folder of subjects/, and no other, and each is on trial", async () => {
  const folders = readdirSync("src/subjects", { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const names = folders.map(({ name }) => name).toSorted();

  expect([...SUBJECTS.keys()].toSorted()).toEqual(names);
  expect([...LABS.keys()].toSorted()).toEqual(names);
  const loaded = await Promise.all([...SUBJECTS.values()].map((load) => load()));
  expect(loaded.filter((subject) => TRIALS.get(subject.id)?.subject !== subject)).toEqual([]);
  const labs = await Promise.all([...LABS.values()].map((load) => load()));
  expect(labs.filter((lab) => TRIALS.get(lab.subject)?.lab !== lab)).toEqual([]);
});

describe.each([...TRIALS])("%s", (name, { subject, lab, dead, start }) => {
  test("has its folder's name as id, and says what it is", () => {
    expect(subject.id).toBe(name);
    expect(subject.description).toMatch(/\.$/);
    expect(Object.values(subject.vocabulary).every((sentence) => sentence.endsWith("."))).toBe(true);
  });

  test("has invariants with kebab-case ids of their own, a rationale and a grace", () => {
    const { invariants } = subject;
    const ids = invariants.map(({ id }) => id);

    expect(ids).not.toBeEmpty();
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !KEBAB.test(id))).toEqual([]);
    expect(invariants.filter(({ graceMs }) => graceMs <= 0)).toEqual([]);
    expect(invariants.filter(({ rationale }) => !rationale.endsWith("."))).toEqual([]);
  });

  test("names the unit in every threshold", () => {
    const names = subject.invariants.flatMap(({ thresholds }) => Object.keys(thresholds));

    expect(names.filter((name) => !/(Ms|Seconds|Ratio|Units|Count|Bytes|PerSecond)$/.test(name))).toEqual([]);
  });

  test("refuses a malformed configuration and says which field", async () => {
    expect(v.safeParse(subject.config, {}).success).toBe(false);
    expect(() => subject.configure({ nonsense: true })).toThrow(`Cannot use configuration of "${name}" at "`);
  });

  test("offers actions with kebab-case ids of their own, each with a description and described inputs", async () => {
    await using session = await subject.configure(dead).open({ clock: systemClock });
    const actions = [...session.actions.values()];

    expect(actions.filter(({ id }) => !KEBAB.test(id))).toEqual([]);
    expect(actions.filter(({ description }) => !description.endsWith("."))).toEqual([]);
    for (const { preview } of actions) expect(() => preview({ nonsense: true })).toThrow("Cannot use input of");
  });

  test("has a lab whose flags are optional, described and of unlike names", () => {
    for (const flags of [lab.up, lab.load]) {
      const args = argsOfSchema(flags);

      expect(v.safeParse(flags, {}).success).toBe(true);
      expect(Object.values(args).filter(({ description }) => !description)).toEqual([]);
      expect(Object.keys(args).filter((flag) => !KEBAB.test(flag) || COMMON_FLAGS.has(flag))).toEqual([]);
    }
  });

  test("has a lab whose faults trip invariants that there are, and are mended by actions that there are", async () => {
    await using session = await subject.configure(dead).open({ clock: systemClock });
    const invariantIds = new Set(subject.invariants.map(({ id }) => id));
    const actionIds = new Set([...session.actions.keys(), ...DEPLOYMENT_ACTIONS]);
    const truths = lab.faults.map(({ truth }) => truth);

    expect(truths).not.toBeEmpty();
    expect(
      truths.flatMap(({ trips, mayTrip }) => [...trips, ...mayTrip]).filter((id) => !invariantIds.has(id)),
    ).toEqual([]);
    expect(truths.flatMap(({ fixedBy, decoys }) => [...fixedBy, ...decoys]).filter((id) => !actionIds.has(id))).toEqual(
      [],
    );
  });

  test("has trial settings, where there are any, that trip nothing and are none of the faults", () => {
    const { trialSettings, faults } = lab;

    expect([...(trialSettings?.truth.trips ?? []), ...(trialSettings?.truth.mayTrip ?? [])]).toEqual([]);
    expect(faults.map(({ id }) => id)).not.toContain(trialSettings?.id ?? "");
  });

  test("has no invariant that no fault must trip", () => {
    const tripped = new Set(lab.faults.flatMap(({ truth }) => truth.trips));

    expect(subject.invariants.map(({ id }) => id).filter((id) => !tripped.has(id))).toEqual([]);
  });

  test("says that nothing answers where nothing does, and what should be there all the same", async () => {
    await using session = await subject.configure(dead).open({ clock: systemClock });

    await expect(look(session)).rejects.toThrow(ProbeError);
    expect(session.topology().components).not.toBeEmpty();
  });

  test("lets go at once when it is told to", async () => {
    await using alive = await start();
    await using session = await subject.configure(alive.config).open({ clock: systemClock });

    await expect(look(session, AbortSignal.abort())).rejects.toThrow();
  });

  test("judges by every invariant, of what the picture knows, and says so in plain data", async () => {
    await using alive = await start();
    await using session = await subject.configure(alive.config).open({ clock: systemClock });

    const checkup = await look(session);

    const { judgements, picture, topology, observation } = checkup;
    const known = new Set([...picture.components, ...topology.groups].map(({ id }) => id));
    expect(new Set(judgements.map(({ invariant }) => invariant)).difference(OWN)).toEqual(
      new Set(subject.invariants.map(({ id }) => id)),
    );
    expect(judgements.filter(({ entity, on }) => !ENTITY.test(entity) || !known.has(on))).toEqual([]);
    expect(judgements.filter(({ summary }) => summary === "" || summary.includes("\n"))).toEqual([]);
    expect(judgements.filter(({ verdict }) => verdict === "violated")).toEqual([]);
    expect(topology.components.filter(({ id }) => !known.has(id))).toEqual([]);
    for (const part of [judgements, picture, topology, observation]) {
      expect(JSON.parse(JSON.stringify(part))).toEqual(part);
    }
  });

  test("sees a component that dies, and goes on judging every expected one", async () => {
    await using alive = await start();
    await using session = await subject.configure(alive.config).open({ clock: systemClock });
    const before = await look(session);

    const dead = await alive.kill();
    const after = await look(session);

    expect(after.picture.components.find(({ id }) => id === dead)?.state).not.toBe("up");
    expect(after.judgements.filter(({ on, verdict }) => on === dead && verdict === "violated")).not.toBeEmpty();
    expect(judgedOf(before)).toEqual(judgedOf(after));
  });
});

function look(session: Session, signal = AbortSignal.timeout(5000)): Promise<Checkup> {
  return session.look({ signal, begunAfterMs: systemClock.monotonic() });
}

/** What is said of components that should be there. */
function judgedOf({ judgements, topology }: Checkup): readonly string[] {
  const expected = new Set<string>(topology.components.map(({ id }) => id));
  return judgements
    .filter(({ entity }) => expected.has(entity))
    .map(({ invariant, entity }) => `${invariant} ${entity}`)
    .toSorted();
}
