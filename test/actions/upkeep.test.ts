import { expect, test } from "bun:test";
import { executeNext } from "../../src/actions/executor.ts";
import { upkeep } from "../../src/actions/upkeep.ts";
import type { NewActionRun } from "../../src/database/mod.ts";
import { by, type Stage, setStage, step } from "../toy/stage.ts";

const AUTO = { rung: "auto", upTo: "reversible" } as const;

test("upkeep() withdraws what waits for a person as soon as its cause is gone", async () => {
  await using stage = await setStage();
  const { id } = await stage.propose();
  stage.setLadder({ rung: "approve" });

  await upkeep({ ...stage.executor, signal: stage.signal });
  const before = stage.database.actionRuns.get(id)?.state;
  stage.endpoints.start("endpoint/2");
  await upkeep({ ...stage.executor, signal: stage.signal });

  expect(before).toBe("pending");
  expect(stage.database.actionRuns.get(id)).toMatchObject({
    state: "cancelled",
    reason: "Cancelled: its cause is gone",
  });
  expect(stage.database.incidents.get(stage.incident)?.state).toBe("diagnosed");
  expect(stage.database.audit.list().at(-1)).toMatchObject({ event: "action-cancelled", detail: { run: id } });
});

test("upkeep() leaves alone what cannot be seen", async () => {
  await using stage = await setStage();
  const { id } = await stage.propose();
  for (const endpoint of ["endpoint/1", "endpoint/3"] as const) await stage.endpoints.kill(endpoint);

  await upkeep({ ...stage.executor, signal: stage.signal });

  expect(stage.database.actionRuns.get(id)?.state).toBe("pending");
});

test("upkeep() reports what was due long ago, and nothing runs late", async () => {
  await using stage = await setStage();
  const nowMs = Date.now();
  const late = await planned(stage, { dueAtMs: nowMs - 301_000 });
  const due = await planned(stage, { dueAtMs: nowMs - 1000 });
  const later = await planned(stage, { dueAtMs: nowMs + 60_000 });
  stage.setLadder(AUTO);

  const run = await executeNext(stage.executor, stage.signal);

  const stateOf = (id: number): string | undefined => stage.database.actionRuns.get(id)?.state;
  expect(run?.id).toBe(due);
  expect([late, later].map(stateOf)).toEqual(["overdue", "pending"]);
  expect(stage.database.actionRuns.get(late)?.reason).toBe("Not run: it was due 5m1s ago");
  expect(stage.endpoints.starts).toBe(1);
});

test.each([
  ["failed", "cancelled"],
  ["verified", "pending"],
] as const)("upkeep() after a predecessor that is %s leaves a run %s", async (end, state) => {
  await using stage = await setStage();
  const first = await planned(stage, {});
  const second = await planned(stage, { predecessor: first });
  const { actionRuns } = stage.database;
  actionRuns.advance(first, step("running"));
  if (end === "verified") actionRuns.advance(first, step("verifying"));
  actionRuns.advance(first, step(end));

  await upkeep({ ...stage.executor, signal: stage.signal });

  expect(actionRuns.get(second)?.state).toBe(state);
});

/** A step of a plan that starts the endpoint that is down. */
async function planned(stage: Stage, schedule: Pick<NewActionRun, "dueAtMs" | "predecessor">): Promise<number> {
  const { database, instance, incident } = stage;
  const [existing] = database.actionRuns.list({ incident });
  const proposed = existing ?? (await stage.propose());
  if (!existing) database.actionRuns.advance(proposed.id, step("cancelled"));
  const { action, input, risk, preview, digest } = proposed;
  const origin = { kind: "plan", plan: "night" } as const;
  const run = { action, input, risk, preview, digest, instance, origin, ...schedule };
  return database.actionRuns.add({ ...run, ...by("person/ada", "Planned") }).id;
}
