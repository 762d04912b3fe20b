import { expect, setSystemTime, test } from "bun:test";
import { investigateNext } from "../../src/agent/agent.ts";
import { needsAttention, type Occasion, pauseAfter } from "../../src/agent/attention.ts";
import { NOTHING_SPENT } from "../../src/core/diagnosis/investigation.ts";
import type { ComponentId } from "../../src/core/words/ids.ts";
import { by, type Stage, setStage, step } from "../toy/stage.ts";

const HOUR_MS = 3_600_000;

test("pauseAfter() grows with every look where nothing has happened or only verdicts have, and never where a component has changed", () => {
  const rules = { isModel: false };
  const counts = [1, 2, 3, 4, 5, 20];
  const seconds = (occasion: Occasion) => counts.map((looks) => pauseAfter(looks, occasion, rules) / 1000);

  expect(seconds("none")).toEqual([30, 60, 120, 240, 480, 600]);
  expect(seconds("judged")).toEqual([10, 10, 10, 10, 20, 600]);
  expect(seconds("ended")).toEqual([0, 0, 0, 10, 20, 600]);
  expect(seconds("changed")).toEqual([10, 10, 10, 10, 10, 10]);
  expect(seconds("turned")).toEqual([3, 3, 10, 10, 10, 10]);
  expect(seconds("early")).toEqual([3, 4.5, 6.75, 10, 10, 10]);
  expect(seconds("opened")).toEqual([0, 0, 0, 10, 10, 10]);
  const model = (["changed", "turned", "early"] as const).map((occasion) => pauseAfter(1, occasion, { isModel: true }));
  expect(model).toEqual([120_000, 120_000, 120_000]);
});

test("needsAttention() waits for what is not tentative, and not for what ended badly", async () => {
  await using stage = await setStage();
  const { id } = await stage.propose();
  const waiting = needs(stage);

  stage.database.actionRuns.advance(id, step("running"));
  const running = needs(stage, HOUR_MS);
  stage.database.actionRuns.advance(id, step("failed"));
  stage.database.incidents.move(stage.incident, { to: "escalated", ...by("executor/test", "Refused") });

  expect([waiting, running, needs(stage)]).toEqual([false, false, true]);
});

test("needsAttention() leaves what a person has rejected alone until something joins it", async () => {
  await using stage = await setStage();
  const { id } = await stage.propose();
  stage.database.actionRuns.advance(id, step("rejected"));
  stage.database.incidents.move(stage.incident, { to: "escalated", ...by("person/ada", "Mine") });

  const before = [needs(stage), needs(stage, HOUR_MS)];
  stage.join("endpoint/3");

  expect(before).toEqual([false, false]);
  expect(needs(stage)).toBe(true);
});

test("needsAttention() comes back after 10 seconds where something that the incident touches has changed", async () => {
  await using stage = await setStage({ killed: false });
  await investigate(stage);
  lookAt(stage, LATER_MS);
  const [calm, soon] = [needs(stage, LATER_MS + 15_000), needs(stage, LATER_MS + 9000)];
  changeAt(stage, "endpoint/1", LATER_MS + 1);
  const elsewhere = needs(stage, LATER_MS + 15_000);
  changeAt(stage, "endpoint/2", LATER_MS + 1);

  expect([calm, soon, elsewhere]).toEqual([false, false, false]);
  expect([needs(stage, LATER_MS + 9000), needs(stage, LATER_MS + 15_000)]).toEqual([false, true]);
});

test("needsAttention() comes back after a few seconds at first, where no cause is confirmed: there was little to see", async () => {
  await using stage = await setStage({ killed: false });
  await investigate(stage);
  const first = [needs(stage, 2000), needs(stage, 4000)];
  lookAt(stage, 4000);
  const second = [needs(stage, 8000), needs(stage, 9000)];
  lookAt(stage, 9000);
  const third = [needs(stage, 15_000), needs(stage, 16_500)];
  lookAt(stage, 22_000);

  expect([first, second, third]).toEqual([
    [false, true],
    [false, true],
    [false, true],
  ]);
  expect([needs(stage, 50_000), needs(stage, 53_000)]).toEqual([false, true]);
});

test("needsAttention() comes back at once to what a ticket brings, whatever early looks there were; a model only to the first few", async () => {
  await using stage = await setStage({ killed: false });
  await investigate(stage);
  for (const laterMs of [4000, 9000, 16_000]) lookAt(stage, laterMs);
  joinLater(stage, 17_000);

  expect([needs(stage, 18_000), needs(stage, 18_000, "model")]).toEqual([true, false]);
});

test("needsAttention() comes back after 3 seconds where the component at fault has changed, and after 10 when it goes on to", async () => {
  await using stage = await setStage();
  const { database, instance } = stage;
  await investigateNext(
    { ...stage.agent, consider: () => ({ suggestions: [], ruledOut: [], refused: "None fits" }) },
    stage.signal,
  );
  lookAt(stage, LATER_MS);
  const calm = needs(stage, LATER_MS + 9000);
  changeAt(stage, "endpoint/1", LATER_MS + 1);
  const elsewhere = needs(stage, LATER_MS + 9000);
  changeAt(stage, "endpoint/2", LATER_MS + 1);
  const turned = [needs(stage, LATER_MS + 2000), needs(stage, LATER_MS + 4000)];
  for (const laterMs of [4000, 8000]) lookAt(stage, LATER_MS + laterMs);
  changeAt(stage, "endpoint/2", LATER_MS + 9000);

  expect(database.incidents.causes(instance).get(stage.incident)).toMatchObject({ component: "endpoint/2" });
  expect([calm, elsewhere, turned]).toEqual([false, false, [false, true]]);
  expect([needs(stage, LATER_MS + 17_000), needs(stage, LATER_MS + 19_000)]).toEqual([false, true]);
});

test("needsAttention() looks again into what waits for a person, and leaves it to the executor at first", async () => {
  await using stage = await setStage();
  const { origin } = await stage.propose();
  stage.join("endpoint/3");

  expect(origin).toMatchObject({ cause: { verdict: "confirmed" } });
  expect([needs(stage, 9000), needs(stage, 11_000)]).toEqual([false, true]);
});

test("needsAttention() leaves what has recovered before its first look to close quietly", async () => {
  await using stage = await setStage();
  const [record] = stage.database.tickets.records(stage.instance, 0);
  if (!record) throw new Error("Cannot find the ticket");
  const before = needs(stage);

  stage.database.tickets.say(stage.ticket, { words: { ...record.words, verdict: "holds" } });

  expect([before, needs(stage)]).toEqual([true, false]);
});

test("needsAttention() does not wait for a clock that was put back", async () => {
  await using stage = await setStage({ killed: false });
  await investigate(stage);

  expect(needs(stage, -HOUR_MS)).toBe(true);
});

const LATER_MS = 60_000;

/** Puts a look on record that found nothing. */
function lookAt({ database: { investigations }, incident }: Stage, laterMs: number): void {
  const atMs = Date.now() + laterMs;
  const { id } = investigations.begin({ incident, engine: "rules", atMs, case: {} });
  investigations.end(id, { atMs, state: "concluded", outcome: "", spent: NOTHING_SPENT });
}

function changeAt({ database: { events }, instance }: Stage, of: ComponentId, laterMs: number): void {
  const event = { atMs: Date.now() + laterMs, event: "went-down", of, summary: "It went down" } as const;
  events.add(instance, events.prepare([event]));
}

/** Another ticket belongs to the incident, later. */
function joinLater(stage: Stage, laterMs: number): void {
  setSystemTime(Date.now() + laterMs);
  try {
    stage.join("endpoint/3");
  } finally {
    setSystemTime();
  }
}

function needs({ database, incident, agent }: Stage, laterMs = 0, engine: string = agent.engine.id): boolean {
  const found = database.incidents.get(incident);
  if (!found) throw new Error("Cannot find the incident");
  return needsAttention(found, { ...agent, engine: { id: engine }, clock: { now: () => Date.now() + laterMs } });
}

/** Nothing is found, and a person is told. */
async function investigate(stage: Stage): Promise<void> {
  await expect(stage.propose()).rejects.toThrow("No cause was found");
}
