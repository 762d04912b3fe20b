import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { approve, setLadder } from "../../src/actions/control.ts";
import { halt } from "../../src/actions/halt.ts";
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

test("approve() refuses what is not there, not pending, or may not run anyway", async () => {
  await using stage = await setStage();
  const { database } = stage;
  const { id } = await stage.propose();
  const say = (): unknown => approve(database, id, by("person/ada", "Go"));

  expect(() => approve(database, 99, by("person/ada", "Go"))).toThrow("Cannot approve action 99: it is not there");
  expect(say).toThrow("the ladder is at observe, expected approve or auto");
  stage.setLadder({ rung: "approve" });
  halt(database.path, by("person/ada", "Stop"));
  expect(say).toThrow(`Cannot approve action ${id}: it is cancelled, expected pending`);
});

test("approve() refuses while everything is halted", async () => {
  await using stage = await setStage();
  halt(stage.database.path, by("person/ada", "Stop"));
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
