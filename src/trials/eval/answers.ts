/** The answers of an engine and of simple baselines to a case. */

import { DEFAULT_LIMITS, openBudget } from "../../agent/budgets.ts";
import type { Case } from "../../agent/case/case.ts";
import { windowsOf } from "../../agent/case/evidence.ts";
import { explainedBy } from "../../agent/case/explained-by.ts";
import { openDesk } from "../../agent/desk/desk.ts";
import { storedSources } from "../../agent/desk/stored.ts";
import type { Engine } from "../../agent/engines/engine.ts";
import type { Conclusion } from "../../core/diagnosis/diagnosis.ts";
import { rivalsOf } from "../../core/diagnosis/explains.ts";
import type { Clock } from "../../core/system/clock.ts";
import { seededRandom } from "../../core/system/random.ts";
import { baseline } from "../../core/system/series-math.ts";
import { levelsOf } from "../../core/system/statistics/levels.ts";
import { MECHANISMS, type Mechanism } from "../../core/words/mechanism.ts";

/** One named cause. */
export interface Answer {
  readonly component: string;
  readonly mechanism: Mechanism;
  /** 0 to 1. */
  readonly confidence: number;
}

/** Causes by engine or baseline. */
export type Answers = Readonly<Record<string, readonly Answer[]>>;

/** Of a mechanism that nobody has looked at, the commonest is named. */
const USUAL: Mechanism = "crash";
/** Maximum of causes of one case. */
const MOST_CAUSES = 3;

/** Options of an answer. */
export interface Answering extends Asked {
  readonly seed: number;
}

/** The answers of an engine and the baselines to simultaneous incidents, each cause once. */
export async function answersToAll(cases: readonly Case[], answering: Answering): Promise<Answers> {
  const all: Record<string, readonly Answer[]> = { [answering.engine.id]: [] };
  for (const given of cases) {
    for (const [name, said] of Object.entries(await answersTo(given, answering))) {
      const known = all[name] ?? [];
      const isNew = ({ component, mechanism }: Answer): boolean =>
        !known.some((one) => one.component === component && one.mechanism === mechanism);
      all[name] = [...known, ...said.filter(isNew)];
    }
  }
  return all;
}

/** The answers of an engine and the baselines to a case. */
export async function answersTo(given: Case, { seed, ...asked }: Answering): Promise<Answers> {
  return {
    [asked.engine.id]: await causesOf(given, asked),
    "largest-z": largestZ(given),
    "first-alert": firstAlert(given),
    random: anyone(given, seed),
  };
}

interface Asked {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** As in the sorting of incidents: tickets that the first cause does not explain become a separate case. */
async function causesOf(given: Case, asked: Asked): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  let { tickets } = given;
  while (tickets.length > 0 && answers.length < MOST_CAUSES) {
    const left = { ...given, tickets };
    const { cause, confidence, options } = await conclusionOf(left, asked);
    if (!cause) break;
    answers.push({ component: cause.component, mechanism: cause.mechanism, confidence });
    const explained = new Set(explainedBy({ ...cause, rivals: rivalsOf(cause, options) }, left).map(({ id }) => id));
    tickets = tickets.filter(({ id }) => !explained.has(id));
  }
  return answers;
}

async function conclusionOf(given: Case, { engine, clock, signal }: Asked): Promise<Conclusion> {
  const desk = openDesk({
    case: given,
    sources: storedSources(given),
    budget: openBudget(DEFAULT_LIMITS, clock),
    record: () => undefined,
  });
  return await engine.investigate(given, desk, signal);
}

/** The component of the series with the largest z-score. */
function largestZ(given: Case): readonly Answer[] {
  const scored = windowsOf(given.series).flatMap(({ labels, points }, index) => {
    const row = given.series.rows[index];
    const levels = row ? levelsOf(points, row.kind) : [];
    const before = levels.filter(({ atMs }) => atMs < given.incident.beganAtMs).map(({ value }) => value);
    const usual = baseline(before);
    const since = levels.filter(({ atMs }) => atMs >= given.incident.beganAtMs);
    if (!usual || since.length === 0) return [];
    const spread = usual.medianDeviation || Math.abs(usual.median) || 1;
    return [
      {
        component: labels["component"] ?? "",
        z: Math.max(...since.map(({ value }) => Math.abs(value - usual.median))) / spread,
      },
    ];
  });
  const [first] = scored.toSorted((a, b) => b.z - a.z);
  return first ? [{ component: first.component, mechanism: USUAL, confidence: 0.5 }] : [];
}

/** The component of the earliest violated ticket. */
function firstAlert({ tickets }: Case): readonly Answer[] {
  const [first] = tickets.toSorted((a, b) => a.violatedSinceMs - b.violatedSinceMs);
  return first ? [{ component: first.on, mechanism: USUAL, confidence: 0.5 }] : [];
}

function anyone({ picture: { components } }: Case, seed: number): readonly Answer[] {
  const random = seededRandom(seed);
  const component = components[Math.floor(random() * components.length)]?.id;
  const mechanism = MECHANISMS[Math.floor(random() * MECHANISMS.length)] ?? USUAL;
  return component === undefined ? [] : [{ component, mechanism, confidence: 0.5 }];
}
