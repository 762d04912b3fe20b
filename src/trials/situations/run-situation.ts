/** Runs one situation on a stage: waits for health, does it, waits until everything is closed, and scores the record. */

import type { Clock } from "../../core/system/clock.ts";
import { seededRandom } from "../../core/system/random.ts";
import { messageOf } from "../../core/text/errors.ts";
import type { Database } from "../../database/mod.ts";
import { isHealthy, readRecord, type SituationRecord } from "./record.ts";
import { detectionDueMs, type Marks, type Score, type ScoreRules, scoreSituation } from "./score.ts";
import type { Course, Expected, Situation } from "./situation.ts";

/** Where a situation takes place: a subject under load, and an operator beside it of which only the record and the text are seen. */
export interface Stage<Powers> extends ScoreRules {
  /** What the operator writes; it is only read here. */
  readonly database: Database;
  /** Id of the instance. */
  readonly instance: number;
  readonly powers: Powers;
  /** What a person reads of an incident. */
  readonly show: (incident: number) => Promise<string>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly patience?: Partial<SituationPatience>;
  /** Whether what lasts may end as soon as it is named. @default {false} */
  readonly isHurried?: boolean;
}

/** How long is waited for what should happen. */
export interface SituationPatience {
  /** Milliseconds for everything to hold before. @default {90_000} */
  readonly healthyWithinMs: number;
  /** Milliseconds for everything to be closed after the situation is over. @default {90_000} */
  readonly closedWithinMs: number;
}

/** One run of a situation. */
export interface Attempt extends Score {
  readonly situation: string;
  readonly seed: number;
  /** The texts of its incidents, that show what went wrong. */
  readonly text: string;
}

const PATIENCE: SituationPatience = { healthyWithinMs: 90_000, closedWithinMs: 90_000 };
const LOOK_EVERY_MS = 200;

/** Runs it with what this seed draws. */
export async function runSituation<Powers>(
  situation: Situation<Powers>,
  stage: Stage<Powers>,
  seed: number,
): Promise<Attempt> {
  const { clock, database, instance, signal } = stage;
  const { healthyWithinMs, closedWithinMs } = { ...PATIENCE, ...stage.patience };
  const named = { situation: situation.id, seed };
  if (!(await waitFor(() => isCalm(stage), healthyWithinMs, stage))) {
    return {
      ...named,
      ...NOTHING,
      problems: ["not tried: the system was not healthy before the situation"],
      text: await textOf(stage, 0),
    };
  }
  const drawn = situation.draw(seededRandom(seed));
  const sinceMs = clock.now();
  const { course, marks, problems } = openCourse(stage, drawn, sinceMs);
  try {
    await drawn.run(stage.powers, course);
  } catch (error) {
    signal.throwIfAborted();
    problems.push(`the situation ended early: ${messageOf(error)}`);
  }
  const recordNow = (): SituationRecord => readRecord(database, { instance, sinceMs });
  const dueMs = Math.max(sinceMs, ...drawn.causes.map((cause) => detectionDueMs(cause, marks, stage)));
  const isOver = (): boolean => clock.now() >= dueMs && isClosed(recordNow());
  await waitFor(isOver, dueMs - clock.now() + closedWithinMs, stage);
  const text = await textOf(stage, sinceMs);
  const score = scoreSituation({ expected: drawn, marks, record: recordNow(), rules: stage, text });
  return { ...named, ...score, problems: [...problems, ...score.problems], text };
}

const NOTHING = { causes: [], tickets: 0, incidents: 0 } as const;

interface OpenCourse {
  readonly course: Course;
  readonly marks: Marks;
  readonly problems: string[];
}

function openCourse(stage: Stage<unknown>, expected: Expected, sinceMs: number): OpenCourse {
  const { clock, database, instance, signal, isHurried = false } = stage;
  const began = new Map<string, number>();
  const fixable = new Map<string, number>();
  const problems: string[] = [];
  const record = (): SituationRecord => readRecord(database, { instance, sinceMs });
  const marks = { began, fixable };
  function isNamed(): boolean {
    const { causes } = scoreSituation({ expected, marks, record: record(), rules: stage, text: "" });
    return causes.every(({ cause, named }) => named !== undefined || !began.has(cause));
  }
  const course: Course = {
    began: (cause) => void began.set(cause, clock.now()),
    fixable: (cause) => void fixable.set(cause, clock.now()),
    must: (isSo, sentence) => void (isSo || problems.push(sentence)),
    sleep: (ms) => clock.sleep(ms, signal),
    lasts: async (ms) => void (isHurried ? await waitFor(isNamed, ms, stage) : await clock.sleep(ms, signal)),
    until: (condition, withinMs) => waitFor(condition, withinMs, stage),
    record,
    signal,
  };
  return { course, marks, problems };
}

/** Nothing is open and everything holds. */
function isCalm({ database, instance }: Stage<unknown>): boolean {
  return (
    database.tickets.list({ instance, state: "open" }).length === 0 &&
    database.incidents.list({ instance, unresolved: true }).length === 0 &&
    isHealthy(database, instance)
  );
}

function isClosed({ tickets, incidents, isHealthy }: SituationRecord): boolean {
  return (
    isHealthy &&
    tickets.every(({ ticket }) => ticket.state === "resolved") &&
    incidents.every(({ incident }) => incident.state === "resolved")
  );
}

async function textOf({ database, instance, show }: Stage<unknown>, sinceMs: number): Promise<string> {
  const { incidents } = readRecord(database, { instance, sinceMs });
  return (await Promise.all(incidents.map(({ incident }) => show(incident.id)))).join("\n\n");
}

async function waitFor(
  condition: () => boolean | Promise<boolean>,
  withinMs: number,
  { clock, signal }: Pick<Stage<unknown>, "clock" | "signal">,
): Promise<boolean> {
  const untilMs = clock.monotonic() + withinMs;
  while (!(await condition())) {
    if (clock.monotonic() >= untilMs) return false;
    await clock.sleep(LOOK_EVERY_MS, signal);
  }
  return true;
}
