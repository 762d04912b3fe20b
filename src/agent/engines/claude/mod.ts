/** The `claude` engine: a model finds the cause at the desk; code checks every word of it. */

import type { Conclusion } from "../../../core/diagnosis/diagnosis.ts";
import { CAUSE_VERDICTS } from "../../../core/diagnosis/hypothesis.ts";
import { messageOf } from "../../../core/text/errors.ts";
import { systemClock } from "../../../io/clock.ts";
import { BudgetSpentError } from "../../budgets.ts";
import type { Desk } from "../../desk/desk.ts";
import type { Engine } from "../engine.ts";
import { rules } from "../rules/mod.ts";
import { briefOf } from "./brief.ts";
import { chargeFailed, converse } from "./conversation.ts";
import { SYSTEM } from "./prompt.ts";
import { type ClaudeSettings, DEFAULT_MODEL } from "./settings.ts";
import { type Model, openEndpoint } from "./wire/endpoint.ts";
import { type PersistOptions, persistent } from "./wire/persist.ts";

/** What a test or a replay puts in the place of the world. */
export interface ClaudeWorld extends Partial<Pick<PersistOptions, "clock" | "random">> {
  /** @default the endpoint of the settings */
  readonly model?: Model;
}

/** Limits of one investigation by a model, where none are set. */
const LIMITS = { wallMs: 600_000, tokens: 1_000_000 } as const;

/** An engine that asks a model. */
export function claude(settings: ClaudeSettings, world: ClaudeWorld = {}): Engine {
  return {
    id: "claude",
    limits: LIMITS,
    async investigate(given, desk, signal) {
      const first = await rules.investigate(given, desk, signal);
      const second = { engine: first.engine, ...(first.cause && { cause: first.cause }) };
      const brief = briefOf(given, { desk, first });
      desk.record({ kind: "prompted", summary: modelName(settings), detail: promptOf(settings, { desk, brief }) });
      try {
        const model = asking(desk, world.model ?? (await openEndpoint(settings)), { settings, world });
        const concluded = await converse({ desk, model, settings, brief, signal });
        return { ...concluded, secondOpinion: second };
      } catch (error) {
        if (signal.aborted && !isTimeUp(signal)) throw error;
        const why = isTimeUp(signal) ? new BudgetSpentError("wallMs", desk.budget.limits.wallMs) : error;
        const reason = messageOf(why);
        const isSpent = why instanceof BudgetSpentError;
        desk.record({ kind: "stopped", summary: reason, detail: { isSpent } });
        if (!isSpent && !hasShown(desk)) throw why;
        return { ...settle(desk, { first, reason }), secondOpinion: second };
      }
    },
  };
}

/** What a model is asked with, and within which limits: all that a replay needs. */
function promptOf(
  { model = DEFAULT_MODEL, effort, price }: ClaudeSettings,
  { desk, brief }: { readonly desk: Desk; readonly brief: string },
) {
  const { limits } = desk.budget;
  return { model, ...(effort && { effort }), ...(price && { price }), limits, system: SYSTEM, brief };
}

interface Asking {
  readonly settings: ClaudeSettings;
  readonly world: ClaudeWorld;
}

/** Failed attempts are on record and paid for. */
function asking(desk: Desk, model: Model, { settings, world }: Asking): Model {
  const { clock = systemClock, random = Math.random } = world;
  return persistent(model, {
    clock,
    random,
    leftMs: () => desk.budget.limits.wallMs - desk.budget.spent().wallMs,
    onFailed: (error) => {
      const { message, retry, usage } = error;
      chargeFailed(desk, usage, settings);
      desk.record({ kind: "retried", summary: message, detail: { retry, ...(usage && { usage }) } });
    },
  });
}

/** The conclusion of what is written down already, where the model can go on no longer. */
function settle(desk: Desk, { first, reason }: { readonly first: Conclusion; readonly reason: string }): Conclusion {
  const isFirst = (one: { readonly component: string; readonly mechanism: string }): boolean =>
    one.component === first.cause?.component && one.mechanism === first.cause.mechanism;
  const [best] = desk
    .hypotheses()
    .filter(({ verdict, rejectedBecause }) => verdict !== "inconclusive" && rejectedBecause === undefined)
    .toSorted(
      (a, b) =>
        CAUSE_VERDICTS.indexOf(a.verdict) - CAUSE_VERDICTS.indexOf(b.verdict) ||
        Number(isFirst(b)) - Number(isFirst(a)),
    );
  return desk.conclude({ engine: "claude", unknowns: [reason], ...(best && { cause: best.id }) });
}

/** Whether the model has shown a cause already, so that its work counts though it can go on no longer. */
function hasShown(desk: Desk): boolean {
  return desk
    .hypotheses()
    .some(
      ({ by, verdict, rejectedBecause }) =>
        by === "claude" && verdict !== "inconclusive" && rejectedBecause === undefined,
    );
}

/** The time of the investigation, as against an end that somebody asked for. */
function isTimeUp({ aborted, reason }: AbortSignal): boolean {
  return aborted && reason instanceof DOMException && reason.name === "TimeoutError";
}

function modelName({ model = DEFAULT_MODEL, baseUrl }: ClaudeSettings): string {
  return baseUrl === undefined
    ? model
    : `${model} at ${URL.canParse(baseUrl) ? new URL(baseUrl).host : "another endpoint"}`;
}
