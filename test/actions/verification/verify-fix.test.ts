import { expect, test } from "bun:test";
import type { Verifying } from "../../../src/actions/verification/look.ts";
import { verify } from "../../../src/actions/verification/verify.ts";
import type { ActionRun } from "../../../src/core/safety/action-run.ts";
import type { BoundAction } from "../../../src/core/subject/action.ts";
import type { Checkup } from "../../../src/core/subject/checkup.ts";
import { systemClock } from "../../../src/io/clock.ts";
import { entityState } from "../../database/new-ticket.ts";
import { by, type Stage, setStage } from "../../toy/stage.ts";

const PATIENT = { verifyWithinMs: 60_000, verifyEveryMs: 5 };

test("verify() is content when the effect is there, everything holds, the cause is gone and no ticket is open", async () => {
  await using stage = await setStage();
  const check = await verification(stage);
  stage.endpoints.start("endpoint/2");
  stage.resolveTicket();

  expect(await check()).toEqual({ to: "verified", reason: "Verified: nothing is violated and the cause is gone" });
});

test("verify() names all that is missing", async () => {
  await using stage = await setStage();
  const check = await verification(stage);

  const { to, reason } = await check();

  expect(to).toBe("ineffective");
  for (const missing of [
    "the effect of start-component is not there",
    'the cause is still there: endpoint/2 state is "down"',
    "the cause is still there: endpoint-answers says violated of endpoint/2",
    `ticket ${stage.ticket} is open`,
  ]) {
    expect(reason).toContain(missing);
  }
});

test("verify() waits for what is violated on what was at fault and has no ticket yet", async () => {
  await using stage = await setStage();
  const slow = { invariant: "slow", entity: "endpoint/2", on: "endpoint/2", verdict: "violated" } as const;
  const said = { ...slow, reason: "seen", summary: "", evidence: {}, readAtMs: 0 };
  const session = changed(stage, (checkup) => ({ ...checkup, judgements: [...checkup.judgements, said] }));
  const check = await verification(stage, { session });
  stage.endpoints.start("endpoint/2");
  stage.resolveTicket();

  expect(await check()).toEqual({
    to: "helped",
    reason: "The cause is gone, and something else is left: slow says violated of endpoint/2",
  });
});

test("verify() does not take recovered for repaired: a resolved ticket is not enough", async () => {
  await using stage = await setStage();
  const check = await verification(stage);
  stage.resolveTicket();

  expect(await check()).toMatchObject({
    to: "ineffective",
    reason: expect.stringContaining('endpoint/2 state is "down"'),
  });
});

test("verify() takes a look that fails for no answer, not for a good one", async () => {
  await using stage = await setStage();
  const check = await verification(stage);
  for (const id of ["endpoint/1", "endpoint/3"] as const) await stage.endpoints.kill(id);

  expect(await check()).toEqual({
    to: "ineffective",
    reason: 'Not verified in time: cannot be seen: Cannot observe "toy": nothing answers: no endpoint answers',
  });
});

test("verify() does not wait for what stays violated long after the cause is gone", async () => {
  await using stage = await setStage();
  const check = await verification(stage, { ...PATIENT, settleWithinMs: 50 });
  await stage.endpoints.kill("endpoint/3");
  stage.join("endpoint/3");
  stage.endpoints.start("endpoint/2");

  expect(await check()).toMatchObject({
    to: "helped",
    reason: expect.stringContaining("endpoint-answers says violated of endpoint/3"),
  });
});

test("verify() sees what is violated of any entity of a ticket, not only of the first", async () => {
  await using stage = await setStage();
  const check = await verification(stage, { ...PATIENT, settleWithinMs: 50 });
  await stage.endpoints.kill("endpoint/3");
  stage.database.tickets.join(
    stage.ticket,
    [entityState({ invariant: "endpoint-answers", entity: "endpoint/3" })],
    by("monitor/test", "Joined"),
  );
  stage.endpoints.start("endpoint/2");

  expect(await check()).toMatchObject({
    to: "helped",
    reason: expect.stringContaining("endpoint-answers says violated of endpoint/3"),
  });
});

test("verify() does not wait as long for what is cut off alone while others of its kind reach the same", async () => {
  await using stage = await setStage();
  const cut = { from: "endpoint/3", to: "endpoint/1", kind: "tcp", state: "down" } as const;
  const session = changed(stage, (checkup) => ({
    ...checkup,
    judgements: checkup.judgements.map((one) =>
      one.entity === "endpoint/3" ? { ...one, verdict: "violated" as const } : one,
    ),
    picture: { ...checkup.picture, links: [cut, { ...cut, from: "endpoint/2", state: "up" }] },
  }));
  const startMs = systemClock.monotonic();
  const clock = { ...systemClock, monotonic: () => startMs + (systemClock.monotonic() - startMs) * 1000 };
  const settleWithinMs = Number.MAX_SAFE_INTEGER;
  const check = await verification(stage, {
    verifyWithinMs: settleWithinMs,
    settleWithinMs,
    verifyEveryMs: 5,
    session,
    clock,
  });
  stage.join("endpoint/3");
  stage.endpoints.start("endpoint/2");

  expect(await check()).toMatchObject({
    to: "helped",
    reason: expect.stringContaining("endpoint-answers says violated of endpoint/3"),
  });
});

test("verify() ends when what had its effect goes down again, and does not wait until its time is up", async () => {
  await using stage = await setStage();
  let looks = 0;
  const session = stage.sessionThat(async () => {
    looks += 1;
    if (looks === 3) await stage.endpoints.kill("endpoint/2");
  });
  const check = await verification(stage, { ...PATIENT, session });
  stage.endpoints.start("endpoint/2");

  expect(await check()).toMatchObject({
    to: "ineffective",
    reason: expect.stringMatching(/^Not verified: the cause is back: /),
  });
  expect(looks).toBeLessThan(8);
});

test("verify() ends at once when the process of what it touched is gone", async () => {
  await using stage = await setStage();
  const exit = { atMs: Date.now() + 1000, code: null, signal: "SIGKILL" };
  const process = { state: "exited", exit, address: "", owner: "toy" } as const;
  const session = changed(stage, (checkup) => ({
    ...checkup,
    picture: { ...checkup.picture, components: checkup.picture.components.map((one) => ({ ...one, process })) },
  }));
  const check = await verification(stage, { ...PATIENT, session });

  expect(await check()).toEqual({
    to: "ineffective",
    reason: "Not verified: the process of endpoint/2 has ended again (SIGKILL)",
  });
});

test("verify() looks until nothing is missing, and ends with the signal", async () => {
  await using stage = await setStage();
  const stop = new AbortController();
  let looks = 0;
  const session = stage.sessionThat(() => {
    looks += 1;
    if (looks === 3) stop.abort(new Error("Enough"));
  });
  const check = await verification(stage, { ...PATIENT, session, signal: stop.signal });

  await expect(check()).rejects.toThrow("Enough");
  expect(looks).toBe(3);
});

function changed(stage: Stage, change: (checkup: Checkup) => Checkup): Verifying["session"] {
  return { look: async (request) => change(await stage.session.look(request)) };
}

type Verified = ReturnType<typeof verify>;

async function verification(stage: Stage, options: Partial<Verifying> = {}): Promise<() => Verified> {
  const [run, action] = await proposed(stage);
  const fresh = { signal: stage.signal, begunAfterMs: systemClock.monotonic() };
  return () => verify(run, action, { ...stage.executor, verifyWithinMs: 0, ...fresh, ...options });
}

async function proposed(stage: Stage): Promise<readonly [ActionRun, BoundAction]> {
  const run = await stage.propose();
  const action = stage.executor.actions.get(run.action);
  if (!action) throw new Error(`Cannot find action "${run.action}"`);
  return [{ ...run, intendedAtMs: Date.now() }, action];
}
