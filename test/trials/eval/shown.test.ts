import { expect, test } from "bun:test";
import type { GroundTruth } from "../../../src/core/subject/fault.ts";
import { allHaveShown } from "../../../src/trials/eval/shown.ts";
import { newTicket } from "../../database/new-ticket.ts";
import { temporaryDatabase } from "../../monitor/scripted-session.ts";

test("allHaveShown() waits for a ticket of every fault that promises one, and for an open one", () => {
  using database = temporaryDatabase();
  const instance = database.instances.ensure({ subject: "toy", name: "a" });
  const faults = [tripping("answers", "slow"), tripping("drift"), tripping()];
  const haveShown = allHaveShown(faults, { database, instance: instance.id });

  database.tickets.open(instance.id, newTicket("node/1", { invariant: "answers" }));
  expect(haveShown()).toBe(false);

  const { id } = database.tickets.open(instance.id, newTicket("node/2", { invariant: "drift" }));
  expect(haveShown()).toBe(true);

  database.tickets.change(id, "resolved", { atMs: 2000, actor: "monitor/a", reason: "Holds" });
  expect(haveShown()).toBe(false);
});

function tripping(...trips: string[]) {
  const truth: GroundTruth = {
    component: "victim",
    mechanism: "crash",
    trips,
    mayTrip: [],
    signalLagMs: 0,
    fixedBy: [],
    decoys: [],
    emulated: false,
  };
  return { plan: { truth } };
}
