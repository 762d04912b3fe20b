/** A toy system with a real database, one endpoint of it killed, and its ticket and incident opened as a monitor would. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setLadder } from "../../src/actions/control.ts";
import type { ExecutorOptions } from "../../src/actions/executor.ts";
import { consider } from "../../src/actions/suggest.ts";
import { type AgentOptions, investigateNext } from "../../src/agent/agent.ts";
import { rules } from "../../src/agent/engines/rules/mod.ts";
import type { ActionRun, RunStep } from "../../src/core/safety/action-run.ts";
import type { Ladder } from "../../src/core/safety/ladder.ts";
import type { Checkup } from "../../src/core/subject/checkup.ts";
import type { Session } from "../../src/core/subject/subject.ts";
import { verdictEventKind } from "../../src/core/system/timeline.ts";
import type { ComponentId } from "../../src/core/words/ids.ts";
import { type Change, type Database, openDatabase } from "../../src/database/mod.ts";
import { systemClock } from "../../src/io/clock.ts";
import { newTicket } from "../database/new-ticket.ts";
import { Endpoints } from "./endpoints.ts";
import { toy } from "./subject/mod.ts";

/** What a test plays with. */
export interface Stage extends AsyncDisposable {
  readonly database: Database;
  readonly endpoints: Endpoints;
  readonly instance: number;
  readonly incident: number;
  readonly ticket: number;
  readonly agent: AgentOptions;
  readonly executor: ExecutorOptions;
  readonly session: Session;
  readonly signal: AbortSignal;
  /** Has the agent investigate, and answers what it proposed. */
  propose(): Promise<ActionRun>;
  setLadder(ladder: Ladder): void;
  /** What a monitor does once everything holds. */
  resolveTicket(): void;
  /** What a monitor does when another ticket belongs to the incident. */
  join(entity: ComponentId, evidence?: number): void;
  /** A checkup before which something else happens. */
  sessionThat(does: () => unknown): Pick<Session, "look">;
}

/** Sets the stage. */
export async function setStage({ killed = true, helps = true } = {}): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), "operator-stage-"));
  const database = openDatabase(join(folder, "operator.db"));
  const endpoints = new Endpoints(3);
  const session = await toy.configure(endpoints.config).open({ clock: systemClock, shortestPauseMs: 0 });
  const { signal, abort } = abortable();
  const instance = database.instances.ensure({ subject: "toy", name: "stage" }).id;
  const shared = { database, instance, session, series: async () => [], clock: systemClock };
  const before = await session.look({ signal });
  record(database, instance, before);
  if (killed) await endpoints.kill("endpoint/2");
  const { ticket, incident } = openIncident(database, instance);
  const actions = endpoints.actions({ helps });
  const agent: AgentOptions = {
    ...shared,
    subject: toy,
    engine: rules,
    consider: (conclusion, now) => consider(conclusion, now, { actions, runs: database.actionRuns.list({ instance }) }),
    actor: "agent/test",
  };
  const executor: ExecutorOptions = {
    ...shared,
    actions,
    actor: "executor/test",
    verifyWithinMs: 300,
    verifyEveryMs: 20,
  };
  return {
    database,
    endpoints,
    instance,
    incident,
    ticket,
    agent,
    executor,
    session,
    signal,
    async propose() {
      await investigateNext(agent, signal);
      const [run] = database.actionRuns.list({ incident, state: "pending" });
      if (!run) throw new Error(`Cannot propose: ${database.incidents.transitions(incident).at(-1)?.reason}`);
      return run;
    },
    setLadder: (ladder) => setLadder(database, instance, { ladder, ...by("person/ada", "Try it") }),
    resolveTicket: () => database.tickets.change(ticket, "resolved", by("monitor/test", "Holds again")),
    join: (entity, evidence) => database.incidents.join(incident, [openTicket(database, instance, entity, evidence)]),
    sessionThat: (does) => ({
      async look(request) {
        await does();
        return await session.look(request);
      },
    }),
    async [Symbol.asyncDispose]() {
      abort();
      await session[Symbol.asyncDispose]();
      await endpoints[Symbol.asyncDispose]();
      database[Symbol.dispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A step of an action run, now. */
export function step(to: RunStep["to"], reason = ""): RunStep {
  return { to, atMs: Date.now(), reason };
}

/** Who changes something now, and why. */
export function by(actor: Change["actor"], reason: string): Change {
  return { atMs: Date.now(), actor, reason };
}

function abortable() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

function record(database: Database, instance: number, { picture, judgements }: Checkup): void {
  database.pictures.add(instance, database.pictures.pack(picture));
  const events = judgements.flatMap(({ invariant, entity, on, verdict: to, reason, summary, evidence: figures }) => {
    const said = { on, to, reason, figures };
    const event = verdictEventKind(said);
    return event ? [{ atMs: picture.atMs, event, of: entity, invariant, summary, said }] : [];
  });
  database.events.add(instance, database.events.prepare(events));
}

function openIncident(database: Database, instance: number) {
  const beganAtMs = Date.now() + 1;
  const ticket = openTicket(database, instance, "endpoint/2");
  const title = "endpoint-answers of endpoint/2";
  const { id: incident } = database.incidents.open(instance, {
    ...by("monitor/test", "Violated for 15 s"),
    title,
    beganAtMs,
    tickets: [ticket],
  });
  return { ticket, incident };
}

function openTicket(database: Database, instance: number, entity: ComponentId, evidence?: number): number {
  const opened = by("monitor/test", "Violated for 15 s");
  const { id } = database.tickets.open(instance, {
    ...newTicket(entity, { invariant: "endpoint-answers", summary: `${entity} does not answer` }),
    ...opened,
    firstViolatedAtMs: opened.atMs + 1,
    ...(evidence !== undefined && { evidence }),
    beganAtMs: opened.atMs + 1,
  });
  return id;
}
