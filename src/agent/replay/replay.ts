/** Runs a recorded investigation again, from what is on record alone: the same, or the first step that differs. */

import * as v from "valibot";
import type { Evidence } from "../../core/diagnosis/claims/mod.ts";
import type { Conclusion } from "../../core/diagnosis/diagnosis.ts";
import { Spending, type Step } from "../../core/diagnosis/investigation.ts";
import { InvalidInputError, messageOf } from "../../core/text/errors.ts";
import { isObject } from "../../core/text/parse.ts";
import { redactJson, redactText } from "../../core/text/redaction.ts";
import { admitConclusion } from "../admit.ts";
import { type BudgetLimits, DEFAULT_LIMITS, openBudget } from "../budgets.ts";
import type { Case } from "../case/case.ts";
import { evidenceOf } from "../case/evidence.ts";
import { explainedBy } from "../case/explained-by.ts";
import { openDesk } from "../desk/desk.ts";
import { parseFound } from "../desk/found.ts";
import { grown } from "../desk/grow.ts";
import { storedSources } from "../desk/stored.ts";
import type { Engine } from "../engines/engine.ts";
import { loadEngine } from "../engines/registry.ts";
import { outcomeOf } from "../outcome.ts";
import type { Bundle, BundledStep } from "./bundle.ts";
import { openPlayer } from "./player.ts";

/** What came of it. */
export interface Replayed {
  /** Steps that were the same. */
  readonly same: number;
  /** Absent where all of it was the same. */
  readonly difference?: Difference;
  /** Absent where it ended without one, as it did then. */
  readonly conclusion?: Conclusion;
}

/** The first step that differs. */
export interface Difference {
  /** Number of the step, from 1. */
  readonly step: number;
  /** What it was then; absent where nothing more was on record. */
  readonly was?: string;
  /** What it is now; absent where nothing more happened. */
  readonly is?: string;
  /** Where both read alike, the first field that is other. */
  readonly at?: string;
}

/** What a model was asked within, as it is on record. */
const Prompted = v.object({
  model: v.string(),
  effort: v.exactOptional(v.picklist(["low", "medium", "high", "xhigh", "max"])),
  price: v.exactOptional(v.object({ input: v.number(), output: v.number() })),
  limits: Spending,
});

/**
 * Runs it again without a network.
 * @throws {InvalidInputError} If the bundle holds no investigation.
 */
export async function replay(bundle: Bundle, signal: AbortSignal): Promise<Replayed> {
  const { investigation } = bundle;
  if (!investigation) {
    throw new InvalidInputError("Cannot replay: it holds no investigation, expected one, or --engine to diagnose it");
  }
  const prompted = v.safeParse(Prompted, investigation.steps.find(({ kind }) => kind === "prompted")?.detail);
  const limits = prompted.success ? prompted.output.limits : DEFAULT_LIMITS;
  const player = openPlayer(investigation.steps, limits.wallMs);
  const steps: Step[] = [];
  // Time stands still: what took too long then is on record as such.
  const clock = { monotonic: () => 0, sleep: () => Promise.resolve() };
  const desk = openDesk({
    case: bundle.case,
    sources: storedSources(bundle.case),
    budget: openBudget(limits, clock),
    record: (step) => steps.push(step),
    replay: (query, input) => player.answer(query, input),
  });
  const settings = prompted.success ? prompted.output : {};
  const engine = await loadEngine(investigation.engine, {
    claude: settings,
    world: { model: player.model, clock, random: () => 0 },
  });
  let ended: { readonly conclusion: Conclusion } | { readonly failed: string };
  try {
    const answer = await engine.investigate(bundle.case, desk, signal);
    ended = {
      conclusion: admitConclusion(answer, desk.evidence(), (cause) => explainedBy(cause, bundle.case).length > 0),
    };
  } catch (error) {
    signal.throwIfAborted();
    ended = { failed: messageOf(error) };
  }
  const outcome = "failed" in ended ? ended.failed : outcomeOf(ended.conclusion);
  const conclusion = "conclusion" in ended ? ended.conclusion : undefined;
  return { ...compared(investigation, { steps, outcome }), ...(conclusion && { conclusion }) };
}

/**
 * Diagnoses a bundle anew, from what it holds.
 * @throws {Error} If the engine fails.
 */
export async function rediagnose(
  { case: given, investigation }: Bundle,
  { engine, signal, limits: set = {}, onStep = () => undefined }: RediagnoseOptions,
): Promise<Conclusion> {
  const limits = { ...DEFAULT_LIMITS, ...engine.limits, ...set };
  const budget = openBudget(limits, { monotonic: () => performance.now() });
  const record = (step: Step): void => onStep(step, budget.spent());
  const sources = storedSources(given, evidenceFound(given, investigation?.steps ?? []));
  const desk = openDesk({ case: given, sources, budget, record });
  const within = AbortSignal.any([signal, AbortSignal.timeout(limits.wallMs)]);
  const answer = await engine.investigate(given, desk, within);
  return admitConclusion(answer, desk.evidence(), (cause) => explainedBy(cause, given).length > 0);
}

/** The evidence of the case, and what was found when it was investigated; a look of then is not one of now. */
function evidenceFound(given: Case, steps: readonly BundledStep[]): Evidence {
  return steps.reduce((evidence, { kind, detail }) => {
    if (kind !== "asked" || !isObject(detail)) return evidence;
    const { look: _look, ...found } = parseFound(detail["found"] ?? {});
    return grown(evidence, found);
  }, evidenceOf(given));
}

/** By whom, and until when. */
export interface RediagnoseOptions {
  readonly engine: Engine;
  readonly signal: AbortSignal;
  readonly limits?: Partial<BudgetLimits>;
  /** Told of each step as it is taken, and of what was spent until then. */
  readonly onStep?: (step: Step, spent: Spending) => void;
}

interface Run {
  readonly steps: readonly Step[];
  readonly outcome: string;
}

function compared(
  { steps: recorded, outcome }: { readonly steps: readonly BundledStep[]; readonly outcome: string },
  run: Run,
): Pick<Replayed, "same" | "difference"> {
  const before = recorded.filter(({ kind }) => kind !== "began" && kind !== "ended");
  const most = Math.max(before.length, run.steps.length);
  for (let index = 0; index < most; index += 1) {
    const difference = differenceOf(before[index], run.steps[index]);
    if (difference) return { same: index, difference: { step: index + 1, ...difference } };
  }
  if (redactText(run.outcome) === outcome) return { same: most };
  return { same: most, difference: { step: most + 1, was: outcome, is: run.outcome } };
}

function differenceOf(was: Step | undefined, is: Step | undefined): Omit<Difference, "step"> | undefined {
  if (!was || !is) return { ...(was && { was: wordsOf(was) }), ...(is && { is: wordsOf(is) }) };
  const [then, now] = [plain(was.detail), plain(is.detail)];
  if (was.kind === is.kind && Bun.deepEquals(then, now)) return undefined;
  const at = was.kind === is.kind ? pathOf(then, now) : undefined;
  return { was: wordsOf(was), is: wordsOf(is), ...(at !== undefined && { at }) };
}

function wordsOf({ kind, summary }: Step): string {
  return `${kind}: ${redactText(summary)}`;
}

function plain(detail: unknown): unknown {
  return JSON.parse(JSON.stringify(redactJson(detail ?? null)));
}

/** Where two values differ first, as a path. */
function pathOf(a: unknown, b: unknown, path = ""): string | undefined {
  if (Bun.deepEquals(a, b)) return undefined;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return path || ".";
  const [was, is] = [new Map<string, unknown>(Object.entries(a)), new Map<string, unknown>(Object.entries(b))];
  const name = [...new Set([...was.keys(), ...is.keys()])].find((key) => !Bun.deepEquals(was.get(key), is.get(key)));
  return name === undefined ? path : pathOf(was.get(name), is.get(name), path === "" ? name : `${path}.${name}`);
}
