import { expect, test } from "bun:test";
import type { Verifying } from "../../../src/actions/verification/look.ts";
import { verify } from "../../../src/actions/verification/verify.ts";
import type { ActionRun, BeforeRun } from "../../../src/core/safety/action-run.ts";
import type { BoundAction } from "../../../src/core/subject/action.ts";
import type { Checkup } from "../../../src/core/subject/checkup.ts";
import { type Stage, setStage } from "../../toy/stage.ts";

const QUICK = { verifyWithinMs: 5000, settleWithinMs: 20, verifyEveryMs: 5 };
const ALL_HELD: BeforeRun = { unhealthy: [] };

test("verify() of a person's run is content when the effect is there and nothing that held is violated", async () => {
  await using stage = await setStage();
  let looks = 0;
  const session = stage.sessionThat(() => (looks += 1));
  stage.endpoints.start("endpoint/2");

  const verification = await verifyStart(stage, ALL_HELD, { session });

  expect(verification).toEqual({ to: "verified", reason: "Verified: it answers again" });
  expect(looks).toBe(3);
});

test("verify() of a person's run calls harmful what is violated near it and held before, if it lasts", async () => {
  await using stage = await setStage();
  stage.endpoints.start("endpoint/2");
  await stage.endpoints.kill("endpoint/3");

  const harmed = await verifyStart(stage, ALL_HELD);
  const known = await verifyStart(stage, { unhealthy: ["endpoint-answers endpoint/3"] });

  expect(harmed).toMatchObject({ to: "harmful", reason: expect.stringContaining("endpoint/3") });
  expect(known.to).toBe("verified");
});

test("verify() of a person's run waits for what only takes a moment, and blames nothing that is far away", async () => {
  await using stage = await setStage();
  stage.endpoints.start("endpoint/2");
  await stage.endpoints.kill("endpoint/3");
  let looks = 0;
  const back = stage.sessionThat(() => {
    looks += 1;
    if (looks === 3) stage.endpoints.start("endpoint/3");
  });
  const far = changed(stage, (checkup) => ({ ...checkup, topology: { ...checkup.topology, groups: [] } }));

  const moment = await verifyStart(stage, ALL_HELD, { session: back, settleWithinMs: 60_000 });
  await stage.endpoints.kill("endpoint/3");
  const elsewhere = await verifyStart(stage, ALL_HELD, { session: far });

  expect(moment.to).toBe("verified");
  expect(elsewhere.to).toBe("verified");
});

test("verify() of a person's run on what is no component takes everything for near", async () => {
  await using stage = await setStage();
  stage.endpoints.start("endpoint/2");
  await stage.endpoints.kill("endpoint/3");
  const action = stage.executor.actions.get("start-component");
  if (!action) throw new Error("Cannot find the action");
  const run = personsRun(action, ALL_HELD);
  const ofWhole = { ...run, preview: { ...run.preview, entities: ["cluster/toy" as const] } };
  const options = { ...stage.executor, ...QUICK, signal: stage.signal, begunAfterMs: 0 };

  expect((await verify(ofWhole, action, options)).to).toBe("harmful");
});

test("verify() of a person's run ends when its effect does not come, at once where the process has ended again", async () => {
  await using stage = await setStage();
  const exit = { atMs: Date.now() + 1000, code: 1, signal: null };
  const process = { state: "exited", exit, address: "", owner: "toy" } as const;
  const exited = changed(stage, ({ picture, ...rest }) => ({
    ...rest,
    picture: { ...picture, components: picture.components.map((one) => ({ ...one, process })) },
  }));

  const never = await verifyStart(stage, ALL_HELD, { verifyWithinMs: 20 });
  const ended = await verifyStart(stage, ALL_HELD, { session: exited });

  expect(never).toEqual({
    to: "ineffective",
    reason: "Not verified in time: the effect of start-component is not there",
  });
  expect(ended).toEqual({
    to: "ineffective",
    reason: "Not verified: the process of endpoint/2 has ended again (code 1)",
  });
});

test("verify() of a person's run does not take a look that fails for a good one", async () => {
  await using stage = await setStage();
  stage.endpoints.start("endpoint/2");
  const session = { look: () => Promise.reject(new Error("Cannot look")) };

  const blind = await verifyStart(stage, ALL_HELD, { session, verifyWithinMs: 20 });
  const silentBefore = await verifyStart(stage, {}, { session });

  expect(blind).toEqual({ to: "ineffective", reason: "Not verified in time: cannot be seen: Cannot look" });
  expect(silentBefore.to).toBe("verified");
});

async function verifyStart(
  stage: Stage,
  before: BeforeRun,
  options: Partial<Verifying> = {},
): ReturnType<typeof verify> {
  const action = stage.executor.actions.get("start-component");
  if (!action) throw new Error("Cannot find the action");
  const run = personsRun(action, before);
  return await verify(run, action, { ...stage.executor, ...QUICK, signal: stage.signal, begunAfterMs: 0, ...options });
}

function personsRun({ id: action, risk, preview }: BoundAction, before: BeforeRun): ActionRun {
  const input = { component: "endpoint/2" };
  return {
    id: 1,
    instance: 1,
    origin: { kind: "person" },
    action,
    input,
    risk,
    preview: preview(input),
    digest: "d",
    state: "verifying",
    reason: "",
    intendedAtMs: Date.now(),
    proposedAtMs: 0,
    proposedBy: "person/ada",
    before,
  };
}

function changed(stage: Stage, change: (checkup: Checkup) => Checkup): Verifying["session"] {
  return { look: async (request) => change(await stage.session.look(request)) };
}
