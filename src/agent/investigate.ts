/** One investigation: the case is built, an engine works at the desk, and every step of it is on record. */

import type { Conclusion } from "../core/diagnosis/diagnosis.ts";
import type { InvestigationState, Spending, Step } from "../core/diagnosis/investigation.ts";
import type { Checkup } from "../core/subject/checkup.ts";
import type { BoundInspection } from "../core/subject/inspection.ts";
import type { Clock } from "../core/system/clock.ts";
import type { SeriesSource } from "../core/system/series.ts";
import { messageOf } from "../core/text/errors.ts";
import type { Incident } from "../core/tickets/incident.ts";
import type { Database } from "../database/mod.ts";
import { admitConclusion } from "./admit.ts";
import {
  type BudgetLimits,
  type DayLimits,
  DEFAULT_ALL_USD,
  DEFAULT_DAY_LIMITS,
  DEFAULT_LIMITS,
  isSpent,
  limitsWithin,
  openBudget,
} from "./budgets.ts";
import { buildCase, type CaseSubject } from "./case/build.ts";
import { explainedBy } from "./case/explained-by.ts";
import { openDesk } from "./desk/desk.ts";
import { type LiveSession, liveSources } from "./desk/live.ts";
import type { Engine } from "./engines/engine.ts";
import { loadEngine } from "./engines/registry.ts";
import { outcomeOf } from "./outcome.ts";

/** What an investigation works with. */
export interface InvestigationOptions {
  readonly database: Database;
  /** Id of the instance. */
  readonly instance: number;
  readonly subject: CaseSubject;
  readonly session: LiveSession;
  /** What a deployment lets be read besides what the subject offers. */
  readonly inspections?: readonly BoundInspection[];
  readonly series: SeriesSource;
  readonly engine: Engine;
  readonly clock: Clock;
  /** Of one investigation. */
  readonly limits?: Partial<BudgetLimits>;
  /** Of one incident and day; `rules` goes on when they are spent. */
  readonly dayLimits?: Partial<DayLimits>;
  /** US dollars of all incidents together in a day. @default {50} */
  readonly allUsd?: number;
  /** Told of each step as it is taken, and of what was spent until then. */
  readonly onStep?: (step: Step, spent: Spending) => void;
}

const DAY_MS = 86_400_000;

/** Which engine may work on an incident now, and within which limits. */
export interface Assignment {
  readonly engine: Engine;
  readonly limits: BudgetLimits;
  /** Why it is another engine than asked for. */
  readonly because?: string;
}

/** The engine that was asked for, or `rules` where the day's budget of the incident, or that of all, is spent. */
export async function assign(incident: number, options: InvestigationOptions): Promise<Assignment> {
  const { database, clock, engine, allUsd = DEFAULT_ALL_USD } = options;
  const sinceMs = clock.now() - DAY_MS;
  const limits = { ...DEFAULT_LIMITS, ...engine.limits, ...options.limits };
  const day = { ...DEFAULT_DAY_LIMITS, ...options.dayLimits };
  const within = limitsWithin(limits, day, database.investigations.spentSince(incident, sinceMs));
  if (engine.id === "rules") return { engine, limits: within };
  const usd = Math.min(within.usd, allUsd - database.investigations.spentByAll(sinceMs).usd);
  if (!isSpent({ ...within, usd })) return { engine, limits: { ...within, usd } };
  const whose = isSpent(within) ? "this incident" : "all incidents";
  const because = `the budget of ${engine.id} for ${whose} is spent for today`;
  return { engine: await loadEngine("rules"), limits, because };
}

/** What is investigated, by whom, and until when. */
export interface Investigating {
  readonly now: Checkup;
  readonly assignment: Assignment;
  readonly signal: AbortSignal;
}

/**
 * As {@linkcode investigateIncident}; where a model fails, `rules` answers instead, and the conclusion says why.
 * @throws {Error} If `rules` fails, too.
 */
export async function investigateAnyway(
  incident: Incident,
  investigating: Investigating,
  options: InvestigationOptions,
): Promise<Conclusion> {
  const { assignment, signal } = investigating;
  try {
    return await investigateIncident(incident, investigating, options);
  } catch (error) {
    signal.throwIfAborted();
    if (assignment.engine.id === "rules") throw error;
    const instead = { engine: await loadEngine("rules"), limits: { ...DEFAULT_LIMITS, ...options.limits } };
    const conclusion = await investigateIncident(incident, { ...investigating, assignment: instead }, options);
    const why = `${assignment.engine.id} gave no answer: ${messageOf(error)}`;
    return { ...conclusion, unknowns: [...conclusion.unknowns, why] };
  }
}

/**
 * Runs one engine over an incident, and answers what its claims carry.
 * @throws {Error} If the engine fails, answers what is no conclusion, or takes too long.
 */
export async function investigateIncident(
  incident: Incident,
  { now, assignment, signal }: Investigating,
  options: InvestigationOptions,
): Promise<Conclusion> {
  const { database, clock } = options;
  const { engine, limits } = assignment;
  const given = buildCase(incident, now, options);
  const { id } = database.investigations.begin({
    incident: incident.id,
    engine: engine.id,
    atMs: clock.now(),
    case: given,
  });
  const budget = openBudget(limits, clock);
  function end(state: Exclude<InvestigationState, "running">, outcome: string): void {
    database.investigations.end(id, { atMs: clock.now(), state, outcome, spent: budget.spent() });
  }
  const desk = openDesk({
    case: given,
    sources: liveSources({ ...options, case: given }),
    budget,
    record(step) {
      database.investigations.addStep(id, clock.now(), step);
      if (step.kind === "answered" || step.kind === "retried") database.investigations.spend(id, budget.spent());
      options.onStep?.(step, budget.spent());
    },
  });
  try {
    const within = AbortSignal.any([signal, AbortSignal.timeout(limits.wallMs)]);
    const conclusion = admitConclusion(
      await engine.investigate(given, desk, within),
      desk.evidence(),
      (cause) => explainedBy(cause, given).length > 0,
    );
    end("concluded", outcomeOf(conclusion));
    return conclusion;
  } catch (error) {
    end(signal.aborted ? "abandoned" : "failed", messageOf(error));
    throw error;
  }
}
