/** What is on record of a ticket and of its incident, read and shown. */

import { expect, test } from "bun:test";
import { renderIncident } from "../../../src/render/records/incident.ts";
import { renderTicket } from "../../../src/render/records/ticket.ts";
import { incidentView } from "../../../src/runtime/views/incident.ts";
import { ticketView } from "../../../src/runtime/views/ticket.ts";
import { by, setStage } from "../../toy/stage.ts";

test("ticketView() and incidentView() read all that is on record, and nothing of a number that there is not", async () => {
  await using stage = await setStage();
  const { database, ticket, incident } = stage;
  await stage.propose();
  const beganAtMs = database.tickets.get(ticket)?.firstViolatedAtMs ?? 0;
  const nowMs = beganAtMs + 4000;
  const name = "delay_seconds";
  database.pictures.describe(stage.instance, [{ name, unit: "seconds", kind: "gauge", signal: "latency" }]);
  for (const [index, value] of [1, 1, 1, 9, 9, 9].entries()) {
    const sample = { metric: name, labels: { component: "endpoint/2" }, value };
    database.samples.append(stage.instance, beganAtMs - 3000 + index * 1000, [sample]);
  }

  const ticketRead = ticketView(database, ticket, nowMs);
  const incidentRead = await incidentView(database, incident, nowMs);

  expect(ticketRead).toMatchObject({
    ticket: { id: ticket },
    instance: { subject: "toy", name: "stage" },
    incident: { id: incident },
    transitions: [{ change: "opened" }],
    evidence: { moved: [{ kind: { name } }] },
  });
  expect(incidentRead).toMatchObject({
    tickets: [{ id: ticket }],
    diagnosis: { cause: { component: "endpoint/2", mechanism: "crash" } },
    actions: [{ run: { action: "start-component", state: "pending" }, waits: "waits: the ladder is at observe" }],
    safety: { ladder: { rung: "observe" } },
  });
  expect([ticketView(database, 99, nowMs), await incidentView(database, 99, nowMs)]).toEqual([undefined, undefined]);
  const lines = ticketRead ? renderTicket(ticketRead, 120) : [];
  expect(lines.slice(0, 2)).toEqual([
    `Ticket ${ticket}: endpoint-answers of endpoint/2`,
    "  endpoint/2 does not answer",
  ]);
  expect(lines).toContainEqual(expect.stringMatching(/^ {2}incident +\d+ \(awaiting-approval\)$/));
  expect(lines).toContainEqual(expect.stringMatching(/^ {2}endpoint\/2 +delay_seconds +\S+ +9s$/));
  const told = incidentRead ? renderIncident(incidentRead, { nowMs, columns: 120 }).join("\n") : "";
  expect(told).toContain("crash of endpoint/2: confirmed");
  expect(told).toContain("would fix it: start-component");
  expect(told).toContain("ruled out: hang of endpoint/2");
  expect(told).toMatch(/Actions\n[\s\S]*start-component component=endpoint\/2: waits: the ladder is at observe/);
});

test("incidentView() shows of an incident that was reopened no cause that was found before", async () => {
  await using stage = await setStage();
  const { database, incident } = stage;
  await stage.propose();
  const found = (await incidentView(database, incident, Date.now()))?.diagnosis?.cause?.mechanism;
  database.incidents.move(incident, { to: "resolved", ...by("monitor/test", "Holds again") });

  const over = (await incidentView(database, incident, Date.now()))?.diagnosis?.cause?.mechanism;
  database.incidents.reopen(incident, { ...by("monitor/test", "A ticket opened again"), atMs: Date.now() + 1000 });

  expect([found, over]).toEqual(["crash", "crash"]);
  expect((await incidentView(database, incident, Date.now()))?.diagnosis).toBeUndefined();
});

test("incidentView() keeps the cause of an incident that has recovered and shows none any more, and what was confirmed before", async () => {
  await using stage = await setStage();
  const { database, incident } = stage;
  await stage.propose();
  const [found] = database.incidents.diagnoses(incident);
  if (!found) throw new Error("Cannot find the diagnosis of the stage");
  const { cause: _cause, ...nothing } = found;
  database.incidents.addDiagnosis(incident, { ...nothing, atMs: found.atMs + 1000 });

  const open = await incidentView(database, incident, Date.now());
  database.incidents.move(incident, { to: "resolved", ...by("monitor/test", "Holds again") });
  const over = await incidentView(database, incident, Date.now());

  expect([open, over].map((view) => view?.diagnosis?.cause?.mechanism)).toEqual([undefined, "crash"]);
  expect([open, over].map((view) => view?.earlier.map(({ cause }) => cause?.mechanism))).toEqual([["crash"], []]);
});
