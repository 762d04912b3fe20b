import { expect, test } from "bun:test";
import { aDiagnosis } from "./diagnoses.ts";
import { invariant, type Script } from "./scripted-session.ts";
import { watching } from "./watching.ts";

const INTERVAL = 5000;

test("monitor() closes an incident whose tickets have all come to others, and not those", async () => {
  const script: Script = { verdicts: { "answers node/1": "violated" } };
  await using run = await watching(script);
  await run.clock.advance(2 * INTERVAL);
  const { database } = run;
  const tickets = database.incidents.tickets(1).map(({ id }) => id);
  const by = { atMs: run.clock.now(), actor: "person/ada", reason: "It is another matter" } as const;
  database.incidents.split(1, { ...by, title: "Another matter", beganAtMs: by.atMs, tickets });

  await run.clock.advance(INTERVAL);

  expect([1, 2].map((id) => database.incidents.get(id)?.state)).toEqual(["resolved", "open"]);
  expect(database.incidents.transitions(1).at(-1)?.reason).toBe("All of its tickets are in other incidents");
});

test("monitor() waits with closing for what is still violated on the component at fault, which joins where it becomes a ticket", async () => {
  const component = { id: "node/1", kind: "node", state: "down" } as const;
  const script: Script = {
    verdicts: { "answers node/1": "violated", "slow node/1": "holds" },
    components: [component],
  };
  const invariants = [invariant("answers", 5000), { ...invariant("slow", 15_000), symptom: "slow" as const }];
  await using run = await watching(script, { invariants });
  await run.clock.advance(2 * INTERVAL);
  const claims = [{ kind: "state-is", component: "node/1", path: "state", comparison: "is", value: "down" }] as const;
  run.database.incidents.addDiagnosis(1, aDiagnosis({ component: "node/1", mechanism: "crash" }, { claims }));

  run.script.components = [{ ...component, state: "up" }];
  run.script.verdicts = { "answers node/1": "holds", "slow node/1": "violated" };
  await run.clock.advance(3 * INTERVAL);
  const waits = run.database.incidents.get(1)?.state;
  await run.clock.advance(INTERVAL);

  expect(waits).toBe("open");
  expect(run.database.incidents.tickets(1).map((ticket) => `${ticket.invariant} ${ticket.state}`)).toEqual([
    "answers resolved",
    "slow open",
  ]);
  expect(run.database.incidents.list()).toHaveLength(1);
});

test("monitor() waits for it as well where no cause was confirmed, so that one trouble that healed itself is one incident", async () => {
  const script: Script = { verdicts: { "answers node/1": "violated", "slow node/1": "holds" } };
  const invariants = [invariant("answers", 5000), invariant("slow", 15_000)];
  await using run = await watching(script, { invariants });
  await run.clock.advance(2 * INTERVAL);

  run.script.verdicts = { "answers node/1": "holds", "slow node/1": "violated" };
  await run.clock.advance(4 * INTERVAL);

  expect(run.database.incidents.list()).toMatchObject([{ id: 1, state: "open" }]);
  expect(run.database.incidents.tickets(1).map(({ invariant }) => invariant)).toEqual(["answers", "slow"]);
});

test("monitor() does not wait for ever for what never becomes a ticket", async () => {
  const component = { id: "node/1", kind: "node", state: "down" } as const;
  const script: Script = {
    verdicts: { "answers node/1": "violated", "slow node/1": "holds" },
    components: [component],
  };
  const invariants = [invariant("answers", 5000), invariant("slow", 600_000)];
  await using run = await watching(script, { invariants });
  await run.clock.advance(2 * INTERVAL);
  const claims = [{ kind: "state-is", component: "node/1", path: "state", comparison: "is", value: "down" }] as const;
  run.database.incidents.addDiagnosis(1, aDiagnosis({ component: "node/1", mechanism: "crash" }, { claims }));

  run.script.components = [{ ...component, state: "up" }];
  run.script.verdicts = { "answers node/1": "holds", "slow node/1": "violated" };
  await run.clock.advance(12 * INTERVAL);

  expect(run.database.incidents.get(1)?.state).toBe("resolved");
});

test("monitor() does not wait for what is violated on the component at fault and is the ticket of another incident", async () => {
  const component = { id: "node/1", kind: "node", state: "up" } as const;
  const script: Script = { verdicts: { "answers node/1": "holds", "set node/1": "violated" }, components: [component] };
  const invariants = [
    { ...invariant("answers", 5000), symptom: "unreachable" as const },
    { ...invariant("set", 5000), symptom: "configuration" as const },
  ];
  await using run = await watching(script, { invariants });
  await run.clock.advance(60_000);
  run.script.verdicts["answers node/1"] = "violated";
  run.script.components = [{ ...component, state: "down" }];
  await run.clock.advance(2 * INTERVAL);
  const claims = [{ kind: "state-is", component: "node/1", path: "state", comparison: "is", value: "down" }] as const;
  run.database.incidents.addDiagnosis(2, aDiagnosis({ component: "node/1", mechanism: "crash" }, { claims }));

  run.script.components = [component];
  run.script.verdicts["answers node/1"] = "holds";
  await run.clock.advance(4 * INTERVAL);

  expect([1, 2].map((id) => run.database.incidents.get(id)?.state)).toEqual(["open", "resolved"]);
});
