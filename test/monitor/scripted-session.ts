/** A session that says what a test tells it to say, and a monitor's options around it. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Checkup, InvariantJudgement } from "../../src/core/subject/checkup.ts";
import type { BoundInspection } from "../../src/core/subject/inspection.ts";
import type { LookRequest } from "../../src/core/subject/looks.ts";
import type { InvariantInfo, Session } from "../../src/core/subject/subject.ts";
import type { Clock } from "../../src/core/system/clock.ts";
import type { Component, Link, Series } from "../../src/core/system/picture.ts";
import { type ComponentId, type EntityId, isComponentId } from "../../src/core/words/ids.ts";
import type { Verdict } from "../../src/core/words/verdict.ts";
import { type Database, openDatabase } from "../../src/database/mod.ts";
import type { MonitorOptions } from "../../src/monitor/mod.ts";

/** What the next checkup is to say. */
export interface Script {
  /** Verdicts by `invariant entity`, or `invariant entity component`. */
  verdicts: Record<string, Verdict>;
  /** Why, where it is not `scripted`, by the same keys. */
  reasons?: Readonly<Record<string, string>>;
  components?: readonly Component[];
  links?: readonly Link[];
  series?: readonly Series[];
  retired?: readonly EntityId[];
  sources?: Checkup["sources"];
  /** Components of which metrics are recorded. */
  scraped?: readonly ComponentId[];
  observation?: unknown;
  inspections?: readonly BoundInspection[];
  /** Throws instead. */
  fails?: Error | undefined;
  /** Never answers, whatever the signal says. */
  hangs?: boolean;
}

/** A session, the script it follows, and what it was asked. */
export interface Scripted {
  readonly session: Session;
  readonly script: Script;
  readonly asked: LookRequest[];
}

/** A session that follows a script, which a test may change between checkups. */
export function scripted(clock: Clock, script: Script): Scripted {
  const asked: LookRequest[] = [];
  const topology = { components: [], links: [], groups: [] };
  const session: Session = {
    look: async (request) => {
      asked.push(request);
      if (script.hangs) await new Promise(() => {});
      if (script.fails) throw script.fails;
      const { components = [], links = [], series = [], retired = [], sources = [], observation = {} } = script;
      return {
        startedAtMs: clock.now(),
        elapsedMs: 1,
        judgements: Object.entries(script.verdicts).map(([key, verdict]) => ({
          ...judgement(key, verdict, clock.now()),
          ...(script.reasons?.[key] !== undefined && { reason: script.reasons[key] }),
        })),
        picture: { atMs: clock.now(), components, links, series },
        topology: { ...topology, components },
        retired,
        sources,
        observation,
      };
    },
    topology: () => topology,
    scrapes: () => (script.scraped ?? []).map((component) => ({ component, url: `http://${component}/metrics` })),
    inspections: script.inspections ?? [],
    actions: new Map(),
    [Symbol.asyncDispose]: async () => {},
  };
  return { session, script, asked };
}

/** An invariant with a grace. */
export function invariant(id: string, graceMs: number): InvariantInfo {
  return { id, severity: "warning", graceMs, rationale: "Because.", thresholds: {}, everyMs: 0, reasons: ["scripted"] };
}

/** A database in a folder of its own that goes with it. */
export function temporaryDatabase(): Database {
  const folder = mkdtempSync(join(tmpdir(), "operator-test-"));
  const database = openDatabase(join(folder, "operator.db"));
  const close = database[Symbol.dispose];
  return Object.assign(database, {
    [Symbol.dispose]: () => {
      close();
      rmSync(folder, { recursive: true, force: true });
    },
  });
}

/** Options for a monitor of instance `a` of subject `toy`, of which a test overrides what it is about. */
export function monitorOptions(
  database: Database,
  clock: Clock,
  options: Partial<MonitorOptions> & Pick<MonitorOptions, "signal">,
): MonitorOptions {
  return {
    database,
    instance: database.instances.ensure({ subject: "toy", name: "a" }),
    invariants: [invariant("answers", 10_000)],
    clock,
    actor: "monitor/test",
    series: async () => [],
    intervalMs: 5000,
    ...options,
  };
}

function judgement(key: string, verdict: Verdict, readAtMs: number): InvariantJudgement {
  const [name = "", entity = "", on = entity] = key.split(" ");
  if (!isComponentId(entity) || !isComponentId(on)) {
    throw new TypeError(`Cannot script "${key}", expected "invariant kind/name" and perhaps another component`);
  }
  const said = { verdict, reason: "scripted", summary: `${entity} ${verdict}`, evidence: { seen: 1 } };
  return { invariant: name, entity, on, readAtMs, ...said };
}
