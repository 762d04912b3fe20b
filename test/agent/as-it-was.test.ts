import { expect, test } from "bun:test";
import { investigateNext } from "../../src/agent/agent.ts";
import { by, type Stage, setStage } from "../toy/stage.ts";

/** Freezes what is seen now as the evidence of a ticket of another component, as a monitor does when one opens. */
async function joinFrozen(stage: Stage): Promise<void> {
  const { endpoints, database, instance, session, signal } = stage;
  await endpoints.kill("endpoint/1");
  const { picture, topology } = await session.look({ signal, begunAfterMs: performance.now() });
  const window = { fromMs: picture.atMs - 1000, toMs: picture.atMs };
  const evidence = { instance, atMs: picture.atMs, window, observation: {}, logs: [], series: [], picture, topology };
  stage.join("endpoint/1", database.evidence.freeze(database.evidence.pack(evidence)));
}

test("agent names the cause of what healed before it was looked at, and proposes nothing", async () => {
  await using stage = await setStage();
  const { database, endpoints, incident, agent, signal } = stage;
  await joinFrozen(stage);
  await endpoints.start("endpoint/1");
  await endpoints.start("endpoint/2");

  const after = await investigateNext(agent, signal);

  expect(after?.state).toBe("diagnosed");
  const [diagnosis] = database.incidents.diagnoses(incident);
  expect(diagnosis?.cause).toMatchObject({ mechanism: "crash", verdict: "confirmed" });
  expect(diagnosis?.suggestions).toEqual([]);
  expect(database.incidents.transitions(incident).at(-1)?.reason).toEndWith("it was over before it was diagnosed");
  expect(database.actionRuns.list({ incident })).toEqual([]);
});

test("agent diagnoses by what it sees now where a part of it is still so", async () => {
  await using stage = await setStage();
  const { database, endpoints, incident, agent, signal } = stage;
  await joinFrozen(stage);
  await endpoints.start("endpoint/1");

  await investigateNext(agent, signal);

  expect(database.incidents.diagnoses(incident).at(0)?.cause).toMatchObject({ component: "endpoint/2" });
  expect(database.actionRuns.list({ incident })).toHaveLength(1);
});

test("agent says that there is no cause where nothing was frozen", async () => {
  await using stage = await setStage();
  const { database, endpoints, incident, agent, signal } = stage;
  await endpoints.start("endpoint/2");
  database.incidents.note(incident, by("person/ada", "Back again"));

  await investigateNext(agent, signal);

  expect(database.incidents.diagnoses(incident).at(0)?.cause).toBeUndefined();
});
