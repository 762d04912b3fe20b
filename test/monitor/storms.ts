/** Storms of tickets from planted causes, through the monitor's filing and a database: what comes out as incidents. */

import * as fc from "fast-check";
import { explains, type Seen } from "../../src/core/diagnosis/explains.ts";
import { SYMPTOMS_OF } from "../../src/core/diagnosis/symptoms.ts";
import type { Incident } from "../../src/core/tickets/incident.ts";
import type { ComponentId } from "../../src/core/words/ids.ts";
import type { Mechanism } from "../../src/core/words/mechanism.ts";
import { SYMPTOMS, type Symptom } from "../../src/core/words/symptom.ts";
import type { Database } from "../../src/database/mod.ts";
import { fileIncidents } from "../../src/monitor/incidents.ts";
import { newTicket } from "../database/new-ticket.ts";
import { aDiagnosis } from "./diagnoses.ts";

/** One planted cause, in a part of the system that no other touches. */
export interface Planted {
  readonly at: "store" | "node" | "callers";
  readonly mechanism: Mechanism;
  /** Epoch milliseconds. */
  readonly beganAtMs: number;
  /** Milliseconds until an engine names it. */
  readonly foundAfterMs: number;
  /** What it drags along: where, how it shows, and how much later. */
  readonly symptoms: readonly {
    readonly on: "store" | "node" | "other" | "callers";
    readonly symptom: Symptom;
    readonly laterMs: number;
  }[];
}

const MECHANISMS: readonly Mechanism[] = ["crash", "hang", "saturation", "slow-dependency", "state-loss", "load-surge"];

/** Storms of one to five causes. */
export const storms: fc.Arbitrary<readonly Planted[]> = fc.array(
  fc.record({
    at: fc.constantFrom("store", "node", "callers"),
    mechanism: fc.constantFrom(...MECHANISMS),
    beganAtMs: fc.integer({ min: 0, max: 60_000 }),
    foundAfterMs: fc.integer({ min: 0, max: 90_000 }),
    symptoms: fc.array(
      fc.record({
        on: fc.constantFrom("store", "node", "other", "callers"),
        symptom: fc.constantFrom(...SYMPTOMS),
        laterMs: fc.integer({ min: 0, max: 180_000 }),
      }),
      { maxLength: 8 },
    ),
  }),
  { minLength: 1, maxLength: 5 },
);

const LOOK_MS = 10_000;
const LOOKS = 30;

/** The incidents that a storm leaves on their own: those that are linked are shown under one of them. */
export function incidentsOf(storm: readonly Planted[], database: Database): readonly Incident[] {
  const picture = pictureOf(storm.length);
  const due = storm.flatMap((planted, part) => ticketsOf(planted, part, picture));
  const opened = new Set<string>();
  const found = new Set<number>();
  const { id: instance } = database.instances.ensure({ subject: "storm", name: "a" });
  for (let look = 0; look <= LOOKS; look++) {
    const atMs = look * LOOK_MS;
    for (const { on, symptom, atMs: beganAtMs } of due) {
      const key = `${symptom} ${on}`;
      if (beganAtMs > atMs || opened.has(key)) continue;
      opened.add(key);
      const times = { atMs, firstViolatedAtMs: beganAtMs, beganAtMs };
      database.tickets.open(instance, newTicket(on, { ...times, symptom, invariant: symptom }));
    }
    name(storm, { atMs, found, database });
    fileIncidents({ database, instance, picture, by: { atMs, actor: "monitor/storm" }, nowMs: atMs });
  }
  return database.incidents.list({ instance, unresolved: true }).filter(({ linkedTo }) => linkedTo === undefined);
}

interface Naming {
  readonly atMs: number;
  readonly found: Set<number>;
  readonly database: Database;
}

/** An engine that is right names each cause in the incident that has its own ticket. */
function name(storm: readonly Planted[], { atMs, found, database }: Naming): void {
  for (const [part, { at, mechanism, beganAtMs, foundAfterMs }] of storm.entries()) {
    if (found.has(part) || atMs < beganAtMs + foundAfterMs) continue;
    const component = idOf(at, part);
    const own = database.tickets.list({ state: "open" }).filter(({ on }) => on === component);
    const incident = own.length > 0 && database.incidents.ofTicket(own.at(-1)?.id ?? 0);
    if (!incident) continue;
    found.add(part);
    database.incidents.addDiagnosis(incident.id, aDiagnosis({ component, mechanism }));
  }
}

interface Due {
  readonly on: ComponentId;
  readonly symptom: Symptom;
  readonly atMs: number;
}

/** Only what the cause accounts for is dragged along; its own ticket comes first. */
function ticketsOf({ at, mechanism, beganAtMs, symptoms }: Planted, part: number, picture: Seen): readonly Due[] {
  const component = idOf(at, part);
  const [first = "slow"] = SYMPTOMS_OF[mechanism].own ?? [];
  const dragged = symptoms
    .map(({ on, symptom, laterMs }) => ({ on: idOf(on, part), symptom, atMs: beganAtMs + laterMs }))
    .filter(({ on, symptom }) => explains({ component, mechanism }, { symptom, components: [on] }, picture));
  return [{ on: component, symptom: first, atMs: beganAtMs }, ...dragged];
}

function idOf(at: Planted["symptoms"][number]["on"], part: number): ComponentId {
  return at === "other" ? `node/${part}-b` : at === "node" ? `node/${part}-a` : `${at}/${part}`;
}

/** Parts apart from each other, each of callers that ask two nodes, which keep what they know in one store. */
function pictureOf(parts: number): Seen {
  const links = Array.from({ length: parts }, (_, part) => [
    { from: idOf("callers", part), to: idOf("node", part) },
    { from: idOf("callers", part), to: idOf("other", part) },
    { from: idOf("node", part), to: idOf("store", part) },
    { from: idOf("other", part), to: idOf("store", part) },
  ]).flat();
  return { components: [], links: links.map((link) => ({ ...link, kind: "tcp", state: "up" })) };
}
