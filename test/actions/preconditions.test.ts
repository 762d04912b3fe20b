import { expect, test } from "bun:test";
import { digestOf } from "../../src/actions/digest.ts";
import { executeNext } from "../../src/actions/executor.ts";
import { whyItWaits } from "../../src/actions/policy.ts";
import type { BoundAction } from "../../src/core/subject/action.ts";
import { ActionError } from "../../src/core/text/errors.ts";
import type { ComponentId } from "../../src/core/words/ids.ts";
import { by, type Stage, setStage, step } from "../toy/stage.ts";

const AUTO = { rung: "auto", upTo: "reversible" } as const;

test("executeNext() asks again before it begins, and never sends anything but what was shown", async () => {
  await using stage = await setStage();
  await stage.propose();
  stage.setLadder(AUTO);
  const preview = (shown: BoundAction["preview"]) => (input: unknown) => ({
    ...shown(input),
    sends: "stop everything",
  });

  const run = await executeNext({ ...stage.executor, actions: withPreview(stage, preview) }, stage.signal);

  expect(run).toMatchObject({
    state: "cancelled",
    reason: "Cancelled: it would send something other than what was shown",
  });
  expect(stage.endpoints.starts).toBe(0);
});

test.each([
  ["endpoint/9 is not a known component", { stops: ["endpoint/9" as const] }],
  ["group/endpoints would have 1 up of 3, needs 2", { stops: ["endpoint/1" as const] }],
])("executeNext() waits as long as the blast radius is too large: %s", async (objection, change) => {
  await using stage = await setStage();
  const { id } = await stage.propose();
  stage.setLadder(AUTO);
  const preview = (shown: BoundAction["preview"]) => (input: unknown) => ({ ...shown(input), ...change });

  const actions = withPreview(stage, preview);
  replan(stage, id, actions);
  const run = await executeNext({ ...stage.executor, actions }, stage.signal);

  const [waiting] = stage.database.actionRuns.list({ state: "pending" });
  expect(run).toBeUndefined();
  expect(waiting && whyItWaits(waiting, stage.database, Date.now())).toEqual({ for: "obstacle", obstacle: objection });
  expect(stage.endpoints.starts).toBe(0);
});

test("executeNext() does not begin what would change nothing, and tells a person, since the cause is still there", async () => {
  await using stage = await setStage();
  await stage.propose();
  stage.setLadder(AUTO);
  const actions = withAction(stage, { postCondition: async () => true });

  const run = await executeNext({ ...stage.executor, actions }, stage.signal);

  expect(run).toMatchObject({
    state: "ineffective",
    reason: "Not run: it would change nothing, it answers again already, and the cause is still there",
  });
  expect(stage.database.incidents.list()).toMatchObject([{ state: "escalated" }]);
  expect(stage.endpoints.starts).toBe(0);
});

test("executeNext() begins what it cannot know to change nothing", async () => {
  await using stage = await setStage();
  await stage.propose();
  stage.setLadder(AUTO);
  const actions = withAction(stage, { postCondition: () => Promise.reject(new ActionError("Cannot see it")) });

  await executeNext({ ...stage.executor, actions }, stage.signal);

  expect(stage.endpoints.starts).toBe(1);
});

test("executeNext() cancels what is no longer offered or may not be acted upon, and waits where nothing can be seen", async () => {
  await using gone = await setStage();
  await using blind = await setStage();
  await using escalated = await setStage();
  for (const stage of [gone, blind, escalated]) {
    await stage.propose();
    stage.setLadder(AUTO);
  }
  for (const id of ["endpoint/1", "endpoint/3"] satisfies ComponentId[]) await blind.endpoints.kill(id);
  escalated.database.incidents.move(escalated.incident, { to: "escalated", ...by("person/ada", "Mine") });

  const ends = [
    await executeNext({ ...gone.executor, actions: new Map() }, gone.signal),
    await executeNext(blind.executor, blind.signal),
    await executeNext(escalated.executor, escalated.signal),
  ];

  expect(ends.map((end) => end?.reason)).toEqual([
    "Cancelled: it is no longer offered",
    undefined,
    "Cancelled: its incident is escalated",
  ]);
  expect(blind.database.actionRuns.list()).toMatchObject([
    { state: "pending", obstacle: expect.stringContaining("its preconditions cannot be checked: Cannot observe") },
  ]);
});

function withAction(stage: Stage, change: Partial<BoundAction>): ReadonlyMap<string, BoundAction> {
  return new Map([...stage.executor.actions].map(([id, action]) => [id, { ...action, ...change }]));
}

function withPreview(
  stage: Stage,
  change: (shown: BoundAction["preview"]) => BoundAction["preview"],
): ReadonlyMap<string, BoundAction> {
  return new Map(
    [...stage.executor.actions].map(([id, action]) => [id, { ...action, preview: change(action.preview) }]),
  );
}

/** Proposes the same again as it would be sent now. */
function replan({ database }: Stage, id: number, actions: ReadonlyMap<string, BoundAction>): void {
  const run = database.actionRuns.advance(id, step("cancelled"));
  const preview = actions.get(run.action)?.preview(run.input) ?? run.preview;
  database.actionRuns.add({ ...run, ...by("agent/test", "Again"), preview, digest: digestOf({ ...run, preview }) });
}
