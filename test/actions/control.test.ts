import { Database as Sqlite } from "bun:sqlite";
import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { approve, cancel, reject, setLadder } from "../../src/actions/control.ts";
import { executeNext } from "../../src/actions/executor.ts";
import { halt } from "../../src/actions/halt.ts";
import { canRun, claimRun } from "../../src/actions/policy.ts";
import { investigateNext } from "../../src/agent/agent.ts";
import { CAUSE_VERDICTS } from "../../src/core/diagnosis/hypothesis.ts";
import { type Ladder, permit } from "../../src/core/safety/ladder.ts";
import { RISKS } from "../../src/core/words/risk.ts";
import { by, type Stage, setStage } from "../toy/stage.ts";

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

  expect(() => approve(database, 99, by("person/ada", "Go"))).toThrow("There is no action 99");
  expect(say).toThrow("the ladder is at observe; raise it with: operator ladder set approve");
  stage.setLadder({ rung: "approve" });
  halt(database.path, by("person/ada", "Stop"));
  expect(say).toThrow(`Action ${id} is over: cancelled`);
  expect(refusals(stage)).toEqual([99, id, id]);
});

test("approve() refuses while everything is halted", async () => {
  await using stage = await setStage();
  halt(stage.database.path, by("person/ada", "Stop"));
  const { id } = await stage.propose();

  expect(() => approve(stage.database, id, by("person/ada", "Go"))).toThrow(
    "everything is halted; lift the halt with: operator resume",
  );
  expect(refusals(stage)).toEqual([id]);
});

test("approve() refuses a second approval, by anyone, and what is not what was shown", async () => {
  await using stage = await setStage();
  const { database } = stage;
  const { id, digest } = await stage.propose();
  stage.setLadder({ rung: "approve" });

  expect(() => approve(database, id, { ...by("person/ada", "Go"), digest: "another" })).toThrow(
    "is not what was shown",
  );
  approve(database, id, { ...by("person/ada", "Go"), digest });

  expect(() => approve(database, id, by("person/bob", "Go"))).toThrow(`Action ${id} is already approved by person/ada`);
  expect(database.actionRuns.approvals(id)).toHaveLength(1);
  expect(refusals(stage)).toEqual([id, id]);
});

test("approve() refuses what an incident needs that is resolved", async () => {
  await using stage = await setStage();
  const { id } = await stage.propose();
  stage.setLadder({ rung: "approve" });
  stage.database.incidents.move(stage.incident, { to: "resolved", ...by("person/ada", "Done by hand") });

  expect(() => approve(stage.database, id, by("person/ada", "Go"))).toThrow(`incident ${stage.incident} is resolved`);
});

test("approve() of a run that is due later is good from then on", async () => {
  await using stage = await setStage();
  const { database, instance } = stage;
  const { origin, ...planned } = await stage.propose();
  const dueAtMs = Date.now() + 3_600_000;
  const { id } = database.actionRuns.add({ ...planned, ...by("person/ada", "Later"), instance, origin, dueAtMs });
  stage.setLadder({ rung: "approve" });

  const { expiresAtMs } = approve(database, id, by("person/ada", "Go"));

  expect(expiresAtMs - dueAtMs).toBe(15 * 60_000);
});

test("cancel() withdraws a pending run and leaves its incident to the agent", async () => {
  await using stage = await setStage();
  const { id } = await stage.propose();

  const run = cancel(stage.database, id, by("person/ada", "Wrong moment"));

  expect(run).toMatchObject({ state: "cancelled", reason: "Cancelled by hand: Wrong moment" });
  expect(stage.database.incidents.get(stage.incident)?.state).toBe("diagnosed");
  expect(() => cancel(stage.database, id, by("person/ada", "Again"))).toThrow(`Action ${id} is over: cancelled`);
  expect(stage.database.audit.list().at(-1)).toMatchObject({ event: "cancellation-refused", detail: { run: id } });
});

test("claimRun() uses an approval once, for what was approved, and in time", async () => {
  await using stage = await setStage();
  const { database } = stage;
  const proposal = await stage.propose();
  stage.setLadder({ rung: "approve" });
  const { expiresAtMs } = approve(database, proposal.id, by("person/ada", "Go"));

  expect(claimRun(proposal, database, expiresAtMs)).toBe(false);
  expect(claimRun({ ...proposal, digest: "another" }, database, Date.now())).toBe(false);
  expect(canRun(proposal, database, Date.now())).toBe(true);
  expect(claimRun(proposal, database, Date.now())).toBe(true);
  expect(claimRun(proposal, database, Date.now())).toBe(false);
  expect(canRun(proposal, database, Date.now())).toBe(false);
});

test("claimRun() refuses an approval that has more time left than it was given, as after the clock was put back", async () => {
  await using stage = await setStage();
  const { database } = stage;
  const proposal = await stage.propose();
  stage.setLadder({ rung: "approve" });
  const { atMs, expiresAtMs } = approve(database, proposal.id, by("person/ada", "Go"));

  const answers = [atMs - 1, atMs - 3_600_000].map((nowMs) => claimRun(proposal, database, nowMs));

  expect(answers).toEqual([false, false]);
  expect(canRun(proposal, database, atMs - 1)).toBe(false);
  expect(canRun(proposal, database, expiresAtMs - 1)).toBe(true);
});

test("executeNext() ends an approval for good that it sees before its time, so that it is not good again later", async () => {
  await using stage = await setStage();
  const { database, executor, signal } = stage;
  const proposal = await stage.propose();
  stage.setLadder({ rung: "approve" });
  const { atMs } = approve(database, proposal.id, by("person/ada", "Go"));
  const clock = { ...executor.clock, now: () => atMs - 3_600_000 };

  await executeNext({ ...executor, clock }, signal);
  await executeNext({ ...executor, clock }, signal);

  expect(canRun(proposal, database, atMs + 1)).toBe(false);
  expect(stage.endpoints.starts).toBe(0);
  expect(database.audit.list().slice(3)).toMatchObject([
    { event: "approval-voided", detail: { run: proposal.id, reason: "The clock was set back" } },
  ]);
});

test("reject() cancels a pending action and leaves its incident to a person, and the agent does not propose it again", async () => {
  await using stage = await setStage();
  const { database, incident } = stage;
  const { id } = await stage.propose();

  const rejected = reject(database, id, by("person/ada", "Not now"));
  await investigateNext(stage.agent, stage.signal);

  expect(rejected).toMatchObject({ state: "rejected", reason: "Rejected: Not now" });
  expect(database.incidents.get(incident)?.state).toBe("escalated");
  expect(database.actionRuns.list({ incident, state: "pending" })).toEqual([]);
  expect(database.audit.list().at(-1)).toMatchObject({ event: "action-rejected", actor: "person/ada" });
  expect(() => reject(database, id, by("person/ada", "No"))).toThrow(`Action ${id} is over: rejected`);
  expect(() => reject(database, 99, by("person/ada", "No"))).toThrow("There is no action 99");
});

test("reject() of an action whose incident is resolved cancels it all the same", async () => {
  await using stage = await setStage();
  const { id } = await stage.propose();
  stage.database.incidents.move(stage.incident, { to: "resolved", ...by("person/ada", "Done by hand") });

  expect(reject(stage.database, id, by("person/ada", "No")).state).toBe("rejected");
  expect(stage.database.incidents.get(stage.incident)?.state).toBe("resolved");
});

test("canRun() leaves everything to a person while the audit log is broken", async () => {
  await using stage = await setStage();
  const { database } = stage;
  const proposal = await stage.propose();
  stage.setLadder({ rung: "auto", upTo: "reversible" });
  using sqlite = new Sqlite(database.path);
  sqlite.run("UPDATE audit SET detail = '{}' WHERE id = 1");

  const byItself = canRun(proposal, database, Date.now());
  approve(database, proposal.id, by("person/ada", "Go"));

  expect(byItself).toBe(false);
  expect(canRun(proposal, database, Date.now())).toBe(true);
});

test("claimRun() never runs more than the ladder permits, and nothing unconfirmed without a person", async () => {
  await using stage = await setStage();
  const { database, instance } = stage;
  const run = await stage.propose();
  const { origin } = run;
  if (origin.kind !== "incident") throw new Error("Cannot go on: it belongs to no incident");
  const { cause } = origin;
  const risks = fc.constantFrom(...RISKS);
  const verdicts = fc.constantFrom(...CAUSE_VERDICTS);

  fc.assert(
    fc.property(ladders, risks, verdicts, fc.boolean(), (ladder, risk, verdict, halted) => {
      database.safety.resume();
      setLadder(database, instance, { ladder, ...by("person/ada", "Try it") });
      if (halted) database.safety.halt(by("person/ada", "Stop"));

      const begins = claimRun(
        { ...run, risk, origin: { ...origin, cause: { ...cause, verdict } } },
        database,
        Date.now(),
      );

      expect(begins).toBe(!halted && permit(ladder, risk) === "run" && verdict === "confirmed");
    }),
    { numRuns: 50 },
  );
});

/** Of what a person was refused, which run it was about. */
function refusals({ database }: Stage): readonly unknown[] {
  const refused = database.audit.list().filter(({ event }) => event === "approval-refused");
  return refused.map(({ detail }) => Reflect.get(Object(detail), "run"));
}
