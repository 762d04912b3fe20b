/** Any interleaving of verdicts, crashes, clock steps and people, on two instances in one database. */

import { expect, test } from "bun:test";
import * as fc from "fast-check";
import type { Ticket, TicketTransition } from "../../src/core/tickets/ticket.ts";
import type { Verdict } from "../../src/core/words/verdict.ts";
import type { Database } from "../../src/database/mod.ts";
import { runRound, startWatch, type Watch } from "../../src/monitor/round.ts";
import { VirtualClock } from "../virtual-clock.ts";
import { invariant, monitorOptions, type Script, scripted, temporaryDatabase } from "./scripted-session.ts";

const INSTANCES = ["a", "b"] as const;
const ENTITIES = ["node/1", "node/2"] as const;
const GRACE_MS = 10_000;

const verdict = fc.constantFrom<Verdict | undefined>("holds", "violated", "unknown", undefined);

const step = fc.record({
  instance: fc.constantFrom(...INSTANCES),
  verdicts: fc.tuple(verdict, verdict),
  event: fc.constantFrom(
    "none",
    "none",
    "none",
    "crash",
    "crash in writing",
    "hold",
    "unhold",
    "resolve",
    "step back",
    "step on",
  ),
});

test("monitor() never closes on unknown, never opens two tickets for one entity, and loses no transition", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      using database = temporaryDatabase();
      const clock = new VirtualClock();
      let mayForget = false;
      const stages = new Map(INSTANCES.map((name) => [name, stage(database, clock, name)]));
      for (const { instance, verdicts, event } of steps) {
        const acting = stages.get(instance);
        if (!acting) continue;
        acting.script.verdicts = said(verdicts);
        disturb(event, { database, clock, acting });
        const before = database.tickets.list();
        await clock.advance(5000);
        const crashes = event === "crash in writing";
        await round(acting, clock, { database, crashes });
        mayForget ||= event === "step on";
        check(database, { before, instance: acting.watch.options.instance.id, verdicts, crashed: crashes, mayForget });
      }
    }),
    { numRuns: 40 },
  );
});

interface Stage {
  readonly script: Script;
  readonly restart: () => Watch;
  watch: Watch;
}

function stage(database: Database, clock: VirtualClock, name: string): Stage {
  const { session, script } = scripted(clock, { verdicts: {} });
  const instance = database.instances.ensure({ subject: "toy", name });
  const signal = new AbortController().signal;
  const invariants = [invariant("answers", GRACE_MS)];
  const options = monitorOptions(database, clock, { instance, invariants, signal });
  const restart = (): Watch => startWatch(session, options, 60_000);
  return { script, restart, watch: restart() };
}

function said(verdicts: readonly (Verdict | undefined)[]): Record<string, Verdict> {
  const pairs = ENTITIES.flatMap((entity, index) => {
    const spoken = verdicts[index];
    return spoken ? [[`answers ${entity}`, spoken] as const] : [];
  });
  return Object.fromEntries(pairs);
}

interface Setting {
  readonly database: Database;
  readonly clock: VirtualClock;
  readonly acting: Stage;
}

function disturb(event: string, { database, clock, acting }: Setting): void {
  const by = { atMs: clock.now(), actor: "person/ada", reason: "Because" } as const;
  const open = database.tickets.list({ state: "open" });
  if (event === "crash") acting.watch = acting.restart();
  if (event === "step back") clock.step(-3_600_000);
  if (event === "step on") clock.step(3_600_000);
  const free = open.find(({ held }) => !held);
  const held = open.find(({ held }) => held);
  if (event === "hold" && free) database.tickets.change(free.id, "held", by);
  if (event === "unhold" && held) database.tickets.change(held.id, "unheld", by);
  if (event === "resolve" && free) database.tickets.change(free.id, "resolved", by);
}

interface Crashing {
  readonly database: Database;
  readonly crashes: boolean;
}

/** A crash in writing undoes the round, and the process begins anew from what is stored. */
async function round(acting: Stage, clock: VirtualClock, { database, crashes }: Crashing): Promise<void> {
  const tick = { atMs: clock.now(), stepped: false };
  if (!crashes) {
    await runRound(acting.watch, tick);
    return;
  }
  const { options } = acting.watch;
  const torn: Database = {
    ...database,
    transact: (run) =>
      database.transact(() => {
        run();
        throw new Error("crash");
      }),
  };
  const dying = startWatch(acting.watch.session, { ...options, database: torn }, 60_000);
  await expect(runRound(dying, tick)).rejects.toThrow("crash");
  acting.watch = acting.restart();
}

interface Checked {
  readonly before: readonly Ticket[];
  readonly instance: number;
  readonly verdicts: readonly (Verdict | undefined)[];
  readonly crashed: boolean;
  /** Whether the clock has stepped on so far that what nobody speaks of is forgotten. */
  readonly mayForget: boolean;
}

/** From what the first event of an entity begins: that something new holds is no event. */
const ANEW: readonly (Verdict | undefined)[] = [undefined, "holds"];

function check(database: Database, { before, instance, verdicts, crashed, mayForget }: Checked): void {
  const tickets = database.tickets.list();
  for (const ticket of tickets) {
    const was = before.find(({ id }) => id === ticket.id);
    const history = database.tickets.transitions(ticket.id);
    expect(replay(history)).toBe(`${ticket.state}${ticket.held ? " held" : ""}`);
    expect(ticket.firstViolatedAtMs).toBeLessThanOrEqual(ticket.openedAtMs);
    if (crashed || was?.state === ticket.state) continue;
    const last = history.at(-1);
    if (last?.actor.startsWith("person/")) continue;
    // Only the instance that was looked at changes, and only by what was seen of that very entity.
    expect(ticket.instance).toBe(instance);
    const index = ENTITIES.findIndex((entity) => entity === ticket.entity);
    expect(verdicts[index]).toBe(ticket.state === "open" ? "violated" : "holds");
    expect(was?.held ?? false).toBe(false);
    if (ticket.state === "open") {
      expect(ticket.openedAtMs - ticket.firstViolatedAtMs).toBeGreaterThanOrEqual(GRACE_MS);
      expect(database.incidents.ofTicket(ticket.id)?.state).not.toBe("resolved");
    }
  }
  const last = new Map<string, Verdict>();
  for (const { of: entity, said } of database.events.after(instance, 0)) {
    if (!said) continue;
    const known = last.get(entity);
    // What nobody has spoken of for long is forgotten, and comes back as new.
    const anew = known === undefined || (known === "unknown" && mayForget);
    expect([...(known ? [known] : []), ...(anew ? ANEW : [])]).toContain(said.from);
    last.set(entity, said.to);
  }
  const open = tickets.filter(({ state }) => state === "open").map((ticket) => `${ticket.instance} ${ticket.entity}`);
  expect(new Set(open).size).toBe(open.length);
}

/** The state that a history leads to; a transition that is missing or out of place shows as a state that cannot be. */
function replay(history: readonly TicketTransition[]): string {
  let state = "none";
  for (const { change } of history) {
    const next: Readonly<Record<string, string>> = {
      "none opened": "open",
      "resolved reopened": "open",
      "open resolved": "resolved",
      "open held resolved": "resolved",
      "open held": "open held",
      "open held unheld": "open",
    };
    state = next[`${state} ${change}`] ?? `${state} and then ${change}`;
  }
  return state;
}
