import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { approve, halt, resume, setLadder } from "../../src/actions/control.ts";
import { isFireable, mayFire } from "../../src/actions/policy.ts";
import { RISKS } from "../../src/core/action.ts";
import { CAUSE_VERDICTS } from "../../src/core/hypothesis.ts";
import { type Ladder, permit } from "../../src/core/ladder.ts";
import { by, setStage } from "../toy/stage.ts";

const ladders: fc.Arbitrary<Ladder> = fc.oneof(
  fc.constant({ rung: "observe" } as const),
  fc.constant({ rung: "approve" } as const),
  fc.constantFrom(...RISKS).map((upTo) => ({ rung: "auto", upTo }) as const),
);

test("halt() cancels what is pending, sets every ladder to observe, and resume() leaves them there", async () => {
  await using stage = await setStage();
  const { database, instance } = stage;
  const { id } = await stage.propose();
  const other = database.instances.ensure({ subject: "toy", name: "other" }).id;
  stage.setLadder({ rung: "auto", upTo: "destructive" });
  setLadder(database, other, { ladder: { rung: "approve" }, ...by("person/ada", "Try it") });

  halt(database, by("person/ada", "Smoke"));

  expect(database.safety.halted()).toMatchObject({ actor: "person/ada", reason: "Smoke" });
  expect(database.proposals.get(id)).toMatchObject({ state: "cancelled", reason: "Halted: Smoke" });
  expect(() => stage.setLadder({ rung: "approve" })).toThrow("Cannot set the ladder: everything is halted");

  resume(database, by("person/ada", "It was toast"));

  expect(database.safety.halted()).toBeUndefined();
  expect([instance, other].map((id) => database.safety.ladder(id))).toEqual([{ rung: "observe" }, { rung: "observe" }]);
  expect(database.audit.list().map(({ event }) => event)).toEqual([
    "action-proposed",
    "ladder-set",
    "ladder-set",
    "halted",
    "resumed",
  ]);
});

test("approve() refuses what is not there, not pending, or may not run anyway", async () => {
  await using stage = await setStage();
  const { database } = stage;
  const { id } = await stage.propose();
  const say = (): unknown => approve(database, id, by("person/ada", "Go"));

  expect(() => approve(database, 99, by("person/ada", "Go"))).toThrow("Cannot approve action 99: it is not there");
  expect(say).toThrow("the ladder is at observe, expected approve or auto");
  stage.setLadder({ rung: "approve" });
  halt(database, by("person/ada", "Stop"));
  expect(say).toThrow(`Cannot approve action ${id}: it is cancelled, expected pending`);
});

test("approve() refuses while everything is halted", async () => {
  await using stage = await setStage();
  halt(stage.database, by("person/ada", "Stop"));
  const { id } = await stage.propose();

  expect(() => approve(stage.database, id, by("person/ada", "Go"))).toThrow('expected "operator resume" first');
});

test("mayFire() uses an approval once, for what was approved, and in time", async () => {
  await using stage = await setStage();
  const { database } = stage;
  const proposal = await stage.propose();
  stage.setLadder({ rung: "approve" });
  const { expiresAtMs } = approve(database, proposal.id, by("person/ada", "Go"));

  expect(mayFire(proposal, database, expiresAtMs)).toBe(false);
  expect(mayFire({ ...proposal, digest: "another" }, database, Date.now())).toBe(false);
  expect(isFireable(proposal, database, Date.now())).toBe(true);
  expect(mayFire(proposal, database, Date.now())).toBe(true);
  expect(mayFire(proposal, database, Date.now())).toBe(false);
  expect(isFireable(proposal, database, Date.now())).toBe(false);
});

test("mayFire() never runs more than the ladder permits, and nothing unconfirmed without a person", async () => {
  await using stage = await setStage();
  const { database, instance } = stage;
  const proposal = await stage.propose();
  const risks = fc.constantFrom(...RISKS);
  const verdicts = fc.constantFrom(...CAUSE_VERDICTS);

  fc.assert(
    fc.property(ladders, risks, verdicts, fc.boolean(), (ladder, risk, verdict, halted) => {
      database.safety.resume();
      setLadder(database, instance, { ladder, ...by("person/ada", "Try it") });
      if (halted) database.safety.halt(by("person/ada", "Stop"));

      const fires = mayFire({ ...proposal, risk, cause: { ...proposal.cause, verdict } }, database, Date.now());

      expect(fires).toBe(!halted && permit(ladder, risk) === "run" && verdict === "confirmed");
    }),
    { numRuns: 50 },
  );
});
