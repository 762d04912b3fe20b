import { expect, test } from "bun:test";
import { type Missing, verify } from "../../src/actions/verify.ts";
import { systemClock } from "../../src/io/clock.ts";
import { type Stage, setStage } from "../toy/stage.ts";

test("verify() is content when the effect is there, everything holds, the cause is gone and no ticket is open", async () => {
  await using stage = await setStage();
  const check = await verification(stage);
  stage.endpoints.start("endpoint/2");
  stage.resolveTicket();

  expect(await check()).toEqual({ cause: [], violated: [], open: [] });
});

test("verify() names all that is missing", async () => {
  await using stage = await setStage();
  const check = await verification(stage);

  expect(await check()).toEqual({
    cause: [
      "the effect of start-component is not there",
      'the cause is still there: endpoint/2 state is "down"',
      'the cause is still there: endpoint/2 probe is "refused"',
      expect.stringContaining("the cause is still there: endpoint-answers says violated of endpoint/2"),
    ],
    violated: ["endpoint-answers says violated of endpoint/2"],
    open: [`ticket ${stage.ticket} is open`],
  });
});

test("verify() does not take recovered for repaired: a resolved ticket is not enough", async () => {
  await using stage = await setStage();
  const check = await verification(stage);
  stage.resolveTicket();

  expect((await check()).cause).toContain('the cause is still there: endpoint/2 state is "down"');
});

test("verify() takes a look that fails for no answer, not for a good one", async () => {
  await using stage = await setStage();
  const check = await verification(stage);
  for (const id of ["endpoint/1", "endpoint/3"] as const) await stage.endpoints.kill(id);

  expect(await check()).toEqual({
    cause: ['cannot be seen: Cannot observe "toy": nothing answers: no endpoint answers'],
    violated: [],
    open: [],
  });
});

test("verify() does not wait for what stays violated long after the cause is gone", async () => {
  await using stage = await setStage();
  const [proposal, action] = await proposed(stage);
  await stage.endpoints.kill("endpoint/3");
  stage.join("endpoint/3");
  stage.endpoints.start("endpoint/2");

  const patience = { verifyWithinMs: 60_000, settleWithinMs: 50 };
  const missing = await verify(proposal, action, { ...stage.executor, ...patience, ...fresh(stage.signal) });

  expect(missing).toMatchObject({ cause: [], violated: ["endpoint-answers says violated of endpoint/3"] });
});

test("verify() looks until nothing is missing, and ends with the signal", async () => {
  await using stage = await setStage();
  const stop = new AbortController();
  let looks = 0;
  const session = stage.sessionThat(() => {
    looks += 1;
    if (looks === 3) stop.abort(new Error("Enough"));
  });
  const [proposal, action] = await proposed(stage);

  const verifying = verify(proposal, action, {
    ...stage.executor,
    session,
    verifyWithinMs: 60_000,
    ...fresh(stop.signal),
  });

  await expect(verifying).rejects.toThrow("Enough");
  expect(looks).toBe(3);
});

async function verification(stage: Stage): Promise<() => Promise<Missing>> {
  const [proposal, action] = await proposed(stage);
  return () => verify(proposal, action, { ...stage.executor, verifyWithinMs: 0, ...fresh(stage.signal) });
}

/** Every reading counts that begins from now on. */
function fresh(signal: AbortSignal) {
  return { signal, begunAfterMs: systemClock.monotonic() };
}

async function proposed(stage: Stage) {
  const proposal = await stage.propose();
  const action = stage.executor.actions.get(proposal.action);
  if (!action) throw new Error(`Cannot find action "${proposal.action}"`);
  return [proposal, action] as const;
}
