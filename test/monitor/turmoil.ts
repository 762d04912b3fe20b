/**
 * Turmoil: looks at a system that flaps, with people, crashes and engines that name wrong causes, through the monitor and a
 * database; and then a system that is well again.
 */

import * as fc from "fast-check";
import type { ComponentId, EntityId } from "../../src/core/words/ids.ts";
import { incidentLease } from "../../src/core/words/lease.ts";
import type { Mechanism } from "../../src/core/words/mechanism.ts";
import type { Verdict } from "../../src/core/words/verdict.ts";
import type { Change, Database } from "../../src/database/mod.ts";
import { runRound, startWatch, type Watch } from "../../src/monitor/round.ts";
import {
  investigateIncident,
  mergeIncidents,
  noteIncident,
  resolveIncident,
  splitIncident,
} from "../../src/runtime/incident-steps.ts";
import { VirtualClock } from "../virtual-clock.ts";
import { aDiagnosis } from "./diagnoses.ts";
import { invariant, monitorOptions, type Script, scripted } from "./scripted-session.ts";

const COMPONENTS: readonly ComponentId[] = ["callers/all", "node/1", "node/2", "store/a", "disk/x"];
const KEYS: readonly EntityId[] = ["key/1", "key/2", "key/3"];
const LINKS = (
  [
    ["callers/all", "node/1"],
    ["callers/all", "node/2"],
    ["node/1", "store/a"],
    ["node/2", "store/a"],
  ] as const
).map(([from, to]) => ({ from, to, kind: "tcp", state: "up" }) as const);

const EVENTS = [
  "nothing",
  "nothing",
  "nothing",
  "crash",
  "hold",
  "release",
  "resolve",
  "reopen",
  "diagnose",
  "diagnose",
  "take",
  "give back",
  "merge",
  "split",
  "investigate",
  "end",
  "note",
  "step back",
  "downtime",
] as const;

/** What one look brings. */
export interface Turn {
  /** Of each component, and of each key. */
  readonly verdicts: readonly (Verdict | undefined)[];
  /** Where judgements on keys speak of. */
  readonly keysOn: number;
  readonly retires: boolean;
  readonly event: (typeof EVENTS)[number];
  readonly pick: number;
  readonly mechanism: Mechanism;
  /** Whether the wrong cause is claimed by something that a look can refute. */
  readonly claims: boolean;
}

const verdict = fc.constantFrom<Verdict | undefined>("holds", "holds", "violated", "violated", "unknown", undefined);

/** Any look. A verdict lasts for some looks, as it does in life. */
export const turn: fc.Arbitrary<Turn> = fc.record({
  verdicts: fc.array(verdict, { minLength: 8, maxLength: 8 }),
  keysOn: fc.integer({ min: 0, max: COMPONENTS.length - 1 }),
  retires: fc.constantFrom(false, false, false, false, true),
  event: fc.constantFrom(...EVENTS),
  pick: fc.nat({ max: 50 }),
  mechanism: fc.constantFrom<Mechanism>("crash", "hang", "clock-skew", "load-surge"),
  claims: fc.boolean(),
});

const LOOK_MS = 5000;
/** Looks for which each turn's verdicts last. */
const LASTS = 4;

/** Follows every turn and then a quiet hour; calls back after each look. */
export async function runTurmoil(
  turns: readonly Turn[],
  database: Database,
  afterLook: (instance: number) => void,
): Promise<number> {
  const clock = new VirtualClock();
  const { session, script } = scripted(clock, { verdicts: {}, links: LINKS, components: parts() });
  const invariants = ["answers", "slow"].map((id) => invariant(id, 10_000));
  const options = monitorOptions(database, clock, { invariants, signal: new AbortController().signal });
  const restart = (): Watch => startWatch(session, options, 30_000);
  const stage: Stage = { database, clock, script, watch: restart(), restart };
  const { id } = options.instance;
  for (const next of turns) {
    Object.assign(script, said(next));
    disturb(stage, next);
    for (let look = 0; look < LASTS; look++) {
      await observe(stage);
      afterLook(id);
    }
  }
  await calm(stage, () => afterLook(id));
  return id;
}

interface Stage {
  readonly database: Database;
  readonly clock: VirtualClock;
  readonly script: Script;
  readonly restart: () => Watch;
  watch: Watch;
}

async function observe({ watch, clock }: Stage): Promise<void> {
  await clock.advance(LOOK_MS);
  await runRound(watch, { atMs: clock.now(), stepped: false });
}

/** All is well, nobody holds anything, and every claim can be seen to be false. */
async function calm(stage: Stage, afterLook: () => void): Promise<void> {
  const { database, script, clock } = stage;
  const by = change(clock);
  for (const { id } of database.tickets.list({ state: "open" }).filter(({ held }) => held)) {
    database.tickets.change(id, "unheld", by);
  }
  for (const { id } of database.incidents.list({ unresolved: true })) {
    const lease = database.leases.current(incidentLease(id), clock.now());
    if (lease) database.leases.release(incidentLease(id), lease.holder);
  }
  script.retired = [];
  script.verdicts = verdictsOf(
    Array.from({ length: 8 }, () => "holds"),
    0,
  );
  for (let look = 0; look < 300; look++) {
    await observe(stage);
    if (look % 20 === 0) afterLook();
  }
}

function parts() {
  return COMPONENTS.map((id) => ({ id, kind: id.slice(0, id.indexOf("/")), state: "up" }) as const);
}

function said({ verdicts, keysOn, retires, pick }: Turn): Partial<Script> {
  const retired = retires ? [KEYS[pick % KEYS.length] ?? "key/1"] : [];
  const all = verdictsOf(verdicts, keysOn);
  const kept = Object.entries(all).filter(([key]) => !retired.some((entity) => key.includes(` ${entity} `)));
  return { verdicts: Object.fromEntries(kept), retired };
}

function verdictsOf(verdicts: readonly (Verdict | undefined)[], keysOn: number): Record<string, Verdict> {
  const entities = [
    ...COMPONENTS.map((id) => `answers ${id} ${id}`),
    ...KEYS.map((id) => `slow ${id} ${COMPONENTS[keysOn]}`),
  ];
  const pairs = entities.flatMap((key, index) => {
    const one = verdicts[index];
    return one ? [[key, one] as const] : [];
  });
  return Object.fromEntries(pairs);
}

function change(clock: VirtualClock): Change {
  return { atMs: clock.now(), actor: "person/ada", reason: "Because" };
}

/** What people, engines and machines do; what is refused is as if nobody had asked. */
function disturb(stage: Stage, { event, pick, mechanism, claims }: Turn): void {
  const { database, clock } = stage;
  const by = change(clock);
  const tickets = database.tickets.list();
  const incidents = database.incidents.list({ unresolved: true });
  const ticket = tickets[pick % Math.max(1, tickets.length)]?.id ?? 0;
  const incident = incidents[pick % Math.max(1, incidents.length)]?.id ?? 0;
  const other = incidents[(pick + 1) % Math.max(1, incidents.length)]?.id ?? 0;
  const lease = { holder: "agent/x", nowMs: clock.now(), ttlMs: 60_000 };
  const component = COMPONENTS[pick % COMPONENTS.length] ?? "node/1";
  const claim = { kind: "state-is", component, path: "state", comparison: "is", value: "down" } as const;
  const doings: Readonly<Record<string, () => unknown>> = {
    crash: () => (stage.watch = stage.restart()),
    hold: () => database.tickets.change(ticket, "held", by),
    release: () => database.tickets.change(ticket, "unheld", by),
    resolve: () => database.tickets.change(ticket, "resolved", by),
    reopen: () => database.tickets.change(ticket, "reopened", by),
    diagnose: () =>
      incident > 0 &&
      database.incidents.addDiagnosis(
        incident,
        aDiagnosis({ component, mechanism }, claims ? { claims: [claim] } : {}),
      ),
    take: () => database.leases.acquire(incidentLease(incident), lease),
    "give back": () => database.leases.release(incidentLease(incident), lease.holder),
    merge: () => mergeIncidents(database, { id: incident, into: other }, by),
    split: () => {
      const first = database.incidents.tickets(incident).find(({ state }) => state === "open");
      splitIncident(database, { id: incident, tickets: [first?.id ?? 0] }, by);
    },
    investigate: () => investigateIncident(database, incident, by),
    end: () => resolveIncident(database, incident, by),
    note: () => noteIncident(database, incident, by),
    "step back": () => clock.step(-1_800_000),
    downtime: () => clock.step(120_000),
  };
  try {
    doings[event]?.();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}
