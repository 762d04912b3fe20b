import { expect, test } from "bun:test";
import { buildCase } from "../../../src/agent/case/build.ts";
import { liveSources } from "../../../src/agent/desk/live.ts";
import { NotAvailableError } from "../../../src/agent/desk/sources.ts";
import type { BoundInspection } from "../../../src/core/subject/inspection.ts";
import type { SeriesSource } from "../../../src/core/system/series.ts";
import { ProbeError } from "../../../src/core/text/errors.ts";
import { type Stage, setStage } from "../../toy/stage.ts";
import { toy } from "../../toy/subject/mod.ts";
import { storedDesk } from "../cases.ts";

const WATTS: BoundInspection = {
  id: "watts",
  description: "How bright.",
  cost: "costly",
  timeoutMs: 1000,
  compared: "changes",
  appliesTo: (component) => component === "endpoint/1",
  read: async () => ({ watts: 60 }),
};

test("a fresh look at a live desk is weighed from then on, and says what has changed", async () => {
  await using stage = await setStage();
  const { desk } = await open(stage);
  stage.endpoints.start("endpoint/2");

  const { value } = await desk.ask("look", {}, stage.signal);

  expect(value).toMatchObject({
    events: ["endpoint/2 came up"],
    verdicts: [{ entity: "endpoint/2", verdict: "holds" }],
    down: [],
  });
  expect(desk.evidence().now.judgements.every(({ verdict }) => verdict === "holds")).toBe(true);
  expect(desk.evidence().timeline.at(-1)).toMatchObject({ event: "came-up", of: "endpoint/2" });
});

test("inspect at a live desk reads now, beside what it showed when all was well, and refuses what nobody offers", async () => {
  await using stage = await setStage();
  const { database, instance, signal } = stage;
  database.inspections.keep(instance, [{ id: "watts", component: "endpoint/1", atMs: 5, value: { watts: 40 } }]);
  const { desk, sources } = await open(stage, [WATTS]);

  const { value } = await desk.ask("inspect", { component: "endpoint/1", inspection: "watts" }, signal);

  expect(value).toMatchObject({ value: { watts: 60 }, difference: { changes: [{ path: "watts", was: 40, is: 60 }] } });
  expect(sources.inspections("endpoint/1")).toEqual([{ id: "watts", description: "How bright.", cost: "costly" }]);
  await expect(desk.ask("inspect", { component: "endpoint/2", inspection: "watts" }, signal)).rejects.toThrow(
    NotAvailableError,
  );
});

test("logs of a live desk come from the component, or as frozen where they cannot be read any more", async () => {
  await using stage = await setStage();
  const event = { atMs: Date.now(), component: "endpoint/2", level: "info", message: "Here", fields: {} } as const;
  const { given } = await open(stage);
  const frozen = { ...given, logs: [{ component: "endpoint/2" as const, events: [{ ...event, message: "Frozen" }] }] };
  const span = { component: "endpoint/2", sinceMs: 0, untilMs: Number.MAX_SAFE_INTEGER } as const;
  const shared = { ...stage.agent, case: frozen };
  async function* live() {
    yield event;
  }
  async function* gone() {
    yield event;
    throw new ProbeError("The file is gone");
  }

  const read = await Promise.all(
    [live, gone, undefined].map((logs) =>
      liveSources({ ...shared, session: { ...stage.session, ...(logs && { logs }) } }).logs(span, stage.signal),
    ),
  );

  expect(read.map(([first]) => first?.message)).toEqual(["Here", "Frozen", "Frozen"]);
});

async function open(stage: Stage, inspections: readonly BoundInspection[] = []) {
  const { database, session, signal, incident } = stage;
  const found = database.incidents.get(incident);
  if (!found) throw new Error("Cannot find the incident of the stage");
  const given = buildCase(found, await session.look({ signal, begunAfterMs: 0 }), { database, subject: toy });
  const sources = liveSources({ ...stage.agent, case: given, inspections });
  return { given, sources, desk: storedDesk(given, { sources }) };
}

test("metrics of a live desk are those on record, and series reads one that is in no picture", async () => {
  await using stage = await setStage();
  const { database, instance, signal } = stage;
  const labels = { component: "endpoint/1" };
  database.samples.append(instance, Date.now(), [{ metric: "hum_hertz", labels, value: 50 }]);
  const series: SeriesSource = async (question) => database.samples.query(instance, question);
  const { desk } = await open({ ...stage, agent: { ...stage.agent, series } });

  const names = await desk.ask("metrics", {}, signal);
  const byName = await desk.ask("series", { metric: "hum_hertz", to: Date.now() + 1000 }, signal);

  expect(names.value).toEqual([{ metric: "hum_hertz", count: 1 }]);
  expect(byName.value).toMatchObject([{ labels, newest: 50 }]);
});
