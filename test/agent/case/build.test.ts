import { expect, test } from "bun:test";
import { buildCase } from "../../../src/agent/case/build.ts";
import { readCase, writeCase } from "../../../src/agent/case/case.ts";
import { rules } from "../../../src/agent/engines/rules/mod.ts";
import { newTicket } from "../../database/new-ticket.ts";
import { by, type Stage, setStage } from "../../toy/stage.ts";
import { toy } from "../../toy/subject/mod.ts";
import { storedDesk } from "../cases.ts";

async function built(stage: Stage) {
  const { database, session, signal, incident } = stage;
  const found = database.incidents.get(incident);
  if (!found) throw new Error("Cannot find the incident of the stage");
  const now = await session.look({ signal, begunAfterMs: 0 });
  return buildCase(found, now, { database, subject: toy });
}

test("buildCase() gathers what is on record, and a written case diagnoses the same as the one in memory", async () => {
  await using stage = await setStage();

  const inMemory = await built(stage);

  const read = readCase(writeCase(inMemory));
  expect(read).toEqual(inMemory);
  const live = await rules.investigate(inMemory, storedDesk(inMemory), stage.signal);
  const stored = await rules.investigate(read, storedDesk(read), stage.signal);
  expect(stored).toEqual(live);
  expect(stored.cause).toMatchObject({ component: "endpoint/2", mechanism: "crash", verdict: "confirmed" });
  expect(inMemory).toMatchObject({
    subject: { id: "toy", description: toy.description },
    instance: "stage",
    tickets: [{ invariant: "endpoint-answers", on: "endpoint/2", affected: ["endpoint/2"], state: "open" }],
  });
  expect(inMemory.judgements.find(({ verdict }) => verdict === "violated")).toMatchObject({ reason: "refused" });
  expect(inMemory.invariants.map(({ id }) => id)).toContain("endpoint-answers");
  expect(inMemory.pictureBefore?.components.length).toBe(3);
});

test("buildCase() takes an incident that was reopened for what is open now, not for what is over", async () => {
  await using stage = await setStage();
  const { database, incident, ticket } = stage;
  const before = (await built(stage)).incident.beganAtMs;
  database.incidents.move(incident, { to: "resolved", ...by("monitor/test", "Holds again") });
  stage.resolveTicket();
  const again = { ...by("monitor/test", "Violated again for 15 s"), firstViolatedAtMs: before + 60_000 };
  database.tickets.reopen(ticket, {
    ...newTicket("endpoint/2", { invariant: "endpoint-answers", summary: "Down" }),
    ...again,
  });
  database.incidents.reopen(incident, by("monitor/test", "A ticket reopened"));

  const { incident: now } = await built(stage);

  expect(now.beganAtMs).toBe(before + 60_000);
});

test("buildCase() reads the series around the beginning into one table, a gap where one has no value", async () => {
  await using stage = await setStage();
  const { database, instance } = stage;
  const kind = { unit: "seconds", kind: "gauge", signal: "latency" } as const;
  database.pictures.describe(instance, [{ name: "delay_seconds", ...kind }]);
  const fromMs = Math.floor(Date.now()) - 4000;
  const sample = (component: string, value: number) => ({ metric: "delay_seconds", labels: { component }, value });
  database.samples.append(instance, fromMs, [sample("endpoint/1", 0.123456789), sample("endpoint/2", 1)]);
  database.samples.append(instance, fromMs + 1000, [sample("endpoint/1", 0.2)]);

  const { series } = await built(stage);

  expect(series.atMs).toEqual([fromMs, fromMs + 1000]);
  const values = Object.fromEntries(series.rows.map(({ labels, values }) => [labels["component"], values]));
  expect(values).toEqual({ "endpoint/1": [0.123457, 0.2], "endpoint/2": [1, null] });
});

test("buildCase() holds who changed what, what was frozen with the tickets, and incidents that are over", async () => {
  await using stage = await setStage();
  const { database, instance } = stage;
  const detail = { action: "set-limit", input: { component: "endpoint/3", password: "hunter2" } };
  database.audit.append({ atMs: Date.now(), actor: "person/ada", instance, event: "action-succeeded", detail });
  database.audit.append({ atMs: Date.now(), actor: "agent/x", instance, event: "action-proposed", detail });
  const nowMs = Date.now();
  const evidence = database.evidence.freeze(
    database.evidence.pack({
      instance,
      atMs: nowMs,
      window: { fromMs: nowMs - 1000, toMs: nowMs },
      observation: {},
      logs: [
        {
          component: "endpoint/2",
          events: [{ atMs: nowMs, component: "endpoint/2", level: "error", message: "out of oil", fields: {} }],
        },
      ],
      series: [],
      inspections: [{ id: "config", component: "endpoint/2", atMs: nowMs, value: { watts: 60 } }],
    }),
  );
  stage.join("endpoint/3", evidence);
  const past = database.incidents.open(instance, {
    ...by("monitor/test", "x"),
    title: "Old",
    beganAtMs: 5,
    tickets: [],
  });
  database.incidents.move(past.id, { ...by("monitor/test", "Over"), to: "resolved", outcome: "itself" });

  const given = await built(stage);

  expect(given.changes.filter(({ by }) => by)).toMatchObject([{ component: "endpoint/3", by: "person/ada" }]);
  expect(JSON.stringify(given)).not.toContain("hunter2");
  expect(given.logs).toMatchObject([{ component: "endpoint/2", events: [{ message: "out of oil" }] }]);
  expect(given.inspections).toMatchObject([{ id: "config", value: { watts: 60 } }]);
  expect(given.past).toMatchObject([{ title: "Old", outcome: "itself" }]);
});

test("buildCase() keeps of too many judgements what does not hold, and then what is said of components that are touched", async () => {
  await using stage = await setStage();
  const { database, session, signal, incident } = stage;
  const found = database.incidents.get(incident);
  if (!found) throw new Error("Cannot find the incident of the stage");
  const now = await session.look({ signal, begunAfterMs: 0 });
  const [first] = now.judgements;
  if (!first) throw new Error("Cannot find a judgement");
  const many = Array.from({ length: 3000 }, (_, index) => {
    const entity = `key/${index}` as const;
    return { ...first, entity, on: "endpoint/9", verdict: "holds" } as const;
  });

  const given = buildCase(found, { ...now, judgements: [...many, ...now.judgements] }, { database, subject: toy });

  expect(given.judgements).toHaveLength(2000);
  const isTouched = ({ on }: { readonly on: string }): boolean => on === "endpoint/2";
  expect(given.judgements.filter(isTouched)).toHaveLength(now.judgements.filter(isTouched).length);
  expect(given.judgements[0]).toMatchObject({ entity: "endpoint/2", verdict: "violated" });
});

test("buildCase() lists restarts and new configurations among what has changed", async () => {
  await using stage = await setStage();
  const { database, instance } = stage;
  const event = {
    atMs: Date.now(),
    event: "reconfigured",
    of: "endpoint/1",
    summary: "endpoint/1 has a new one",
  } as const;
  database.events.add(instance, database.events.prepare([event]));

  const { changes } = await built(stage);

  expect(changes).toContainEqual({ atMs: event.atMs, component: "endpoint/1", summary: event.summary });
});

test("buildCase() tells of past incidents how alike they are, whichever of several like components they struck", async () => {
  await using stage = await setStage();
  const { database, instance } = stage;
  for (const [on, invariant] of [
    ["endpoint/3", "endpoint-answers"],
    ["endpoint/1", "endpoint-quick"],
  ] as const) {
    const ticket = database.tickets.open(instance, {
      ...newTicket(on, { invariant, summary: "Down" }),
      ...by("monitor/test", "x"),
    });
    const past = database.incidents.open(instance, {
      ...by("monitor/test", "x"),
      title: invariant,
      beganAtMs: 5,
      tickets: [ticket.id],
    });
    database.incidents.move(past.id, { ...by("monitor/test", "Over"), to: "resolved", outcome: "itself" });
  }

  const { past } = await built(stage);

  expect(past.map(({ title, alikeRatio }) => [title, alikeRatio])).toEqual([
    ["endpoint-quick", 0],
    ["endpoint-answers", 1],
  ]);
});
