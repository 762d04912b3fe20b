/** What the executor does about actions that an earlier process began. */

import { expect, test } from "bun:test";
import { executeNext } from "../../src/actions/executor.ts";
import { by, setStage, step } from "../toy/stage.ts";

const AUTO = { rung: "auto", upTo: "reversible" } as const;

test("executeNext() reports what a dead process began, and never runs it again", async () => {
  await using stage = await setStage();
  const { id } = await stage.propose();
  stage.setLadder(AUTO);
  stage.database.actionRuns.advance(id, step("running", "Runs"));
  stage.database.incidents.move(stage.incident, { to: "acting", ...by("executor/dead", "Runs") });

  const run = await executeNext(stage.executor, stage.signal);

  expect(run?.state).toBe("interrupted");
  expect(stage.database.incidents.get(stage.incident)?.state).toBe("escalated");
  expect(stage.endpoints.starts).toBe(0);
  expect(await executeNext(stage.executor, stage.signal)).toBeUndefined();
});

test("executeNext() goes on verifying where a dead process had the effect on record", async () => {
  await using stage = await setStage();
  const { id } = await stage.propose();
  stage.database.actionRuns.advance(id, step("running", "Runs"));
  stage.database.actionRuns.advance(id, step("verifying", "Done"));
  stage.database.incidents.move(stage.incident, { to: "acting", ...by("executor/dead", "Runs") });
  stage.database.incidents.move(stage.incident, { to: "verifying", ...by("executor/dead", "Done") });
  stage.endpoints.start("endpoint/2");
  stage.resolveTicket();

  const run = await executeNext(stage.executor, stage.signal);

  expect(run?.state).toBe("verified");
  expect(stage.endpoints.starts).toBe(1);
});

test("executeNext() knows for verified what the monitor closed after the effect of a dead process", async () => {
  await using stage = await setStage();
  const { id } = await stage.propose();
  stage.database.actionRuns.advance(id, step("running", "Runs"));
  stage.database.actionRuns.advance(id, step("verifying", "Done"));
  stage.database.incidents.move(stage.incident, { to: "acting", ...by("executor/dead", "Runs") });
  stage.database.incidents.move(stage.incident, { to: "verifying", ...by("executor/dead", "Done") });
  const closed = by("monitor/test", "Every ticket is resolved and the cause is gone");
  stage.database.incidents.move(stage.incident, { to: "resolved", outcome: "action", ...closed });

  const run = await executeNext(stage.executor, stage.signal);

  expect(run).toMatchObject({
    state: "verified",
    reason: "Verified by the monitor: nothing is violated and the cause is gone",
  });
  expect(stage.endpoints.starts).toBe(0);
});
