/** The flags by which a command is told who diagnoses, with which model, and within which budget. */

import type { ArgsDef } from "citty";
import * as v from "valibot";
import type { BudgetLimits, DayLimits } from "../../../agent/budgets.ts";
import { type ClaudeSettings, EFFORTS } from "../../../agent/engines/claude/settings.ts";
import type { Engine } from "../../../agent/engines/engine.ts";
import { engineIds, loadEngine } from "../../../agent/engines/registry.ts";
import { UsageError } from "../../../core/text/errors.ts";
import { Secret } from "../../../core/text/secret.ts";
import { Count, DurationMs } from "../../../core/text/units.ts";
import { log } from "../../../io/log.ts";

/** Their declarations. */
export const ENGINE_ARGS: ArgsDef = {
  engine: {
    type: "enum",
    options: [...engineIds()],
    description: "Engine that diagnoses; by default claude where a key is set, else rules",
  },
  model: { type: "string", description: "Model of the engine claude; claude-opus-5-5 by default", valueHint: "model" },
  effort: { type: "enum", options: [...EFFORTS], description: "Effort of the model; by default that of the endpoint" },
  "base-url": {
    type: "string",
    description: "Endpoint of a Messages API: a gateway or a local model server; or ANTHROPIC_BASE_URL",
    valueHint: "url",
  },
  "api-key": { type: "string", description: "Key of the endpoint; or ANTHROPIC_API_KEY", valueHint: "key" },
  price: {
    type: "string",
    description: "Price of the model in dollars per million tokens, where it is not a known one",
    valueHint: "in/out",
  },
  whole: { type: "boolean", description: "Ask for whole answers, from an endpoint that cannot stream" },
  "budget-usd": { type: "string", description: "Dollars of one investigation; 2 by default", valueHint: "usd" },
  "budget-usd-per-day": {
    type: "string",
    description: "Dollars of one incident per day; 10 by default; rules continues when they are spent",
    valueHint: "usd",
  },
  "budget-usd-of-all": {
    type: "string",
    description: "Dollars of all incidents together per day; 50 by default",
    valueHint: "usd",
  },
  "max-turns": {
    type: "string",
    description: "Answers of the model in one investigation; 40 by default",
    valueHint: "count",
  },
  "max-tokens": { type: "string", description: "Tokens of one investigation; 1M by default", valueHint: "count" },
  "max-tool-calls": {
    type: "string",
    description: "Questions of one investigation; 100 by default",
    valueHint: "count",
  },
  timeout: {
    type: "string",
    description: "Time of one investigation; 2m by default, 10m for a model",
    valueHint: "duration",
  },
};

const Dollars = v.pipe(
  v.union([v.number(), v.pipe(v.string(), v.transform(Number))]),
  v.number(),
  v.finite("Cannot read dollars, expected a number such as 0.5"),
  v.minValue(0, "Cannot spend less than nothing, expected a number such as 0.5"),
);

const Price = v.pipe(
  v.string(),
  v.regex(/^\d+(?:\.\d+)?\/\d+(?:\.\d+)?$/, 'Cannot read price, expected input and output as in "3/15"'),
  v.transform((text) => {
    const [input = 0, output = 0] = text.split("/").map(Number);
    return { input, output };
  }),
);

const Some = v.pipe(Count, v.minValue(1, "Cannot use 0, expected 1 or more"));

const BaseUrl = v.pipe(
  v.string(),
  v.check(
    (text) => /^https?:$/.test(URL.parse(text)?.protocol ?? "") && !/[?#]/.test(text),
    'Cannot read address, expected one such as "https://host/path"',
  ),
);

/** Their meaning, for the schema of a command. */
export const EngineOptions = {
  engine: v.optional(v.picklist(engineIds())),
  model: v.optional(v.pipe(v.string(), v.nonEmpty("Cannot use an empty name of a model"))),
  effort: v.optional(v.picklist(EFFORTS)),
  baseUrl: v.optional(BaseUrl),
  apiKey: v.optional(Secret),
  price: v.optional(Price),
  whole: v.optional(v.boolean(), false),
  budgetUsd: v.optional(Dollars),
  budgetUsdPerDay: v.optional(Dollars),
  budgetUsdOfAll: v.optional(Dollars),
  maxTurns: v.optional(Some),
  maxTokens: v.optional(Some),
  maxToolCalls: v.optional(Some),
  timeout: v.optional(v.pipe(DurationMs, v.minValue(1000, 'Cannot diagnose in less, expected at least "1s"'))),
};

const Schema = v.object(EngineOptions);

/** What a person said about who diagnoses. */
export type EngineChoice = v.InferOutput<typeof Schema>;

/** Who diagnoses, and within which limits. */
export interface ChosenEngine {
  readonly engine: Engine;
  readonly limits: Partial<BudgetLimits>;
  readonly dayLimits: Partial<DayLimits>;
  readonly allUsd?: number;
}

/**
 * The engine that is meant: the one that is named, else `claude` where a key is set, else `rules`.
 * @throws {UsageError} If `claude` is named and no key is set, or the endpoint in the environment is no address.
 */
export async function chosenEngine(
  choice: EngineChoice,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ChosenEngine> {
  const claude = claudeSettings(choice, environment);
  const id = choice.engine ?? (claude.apiKey === undefined ? "rules" : "claude");
  if (id === "claude" && claude.apiKey === undefined) {
    throw new UsageError(
      'Cannot use engine "claude": no key is set, expected ANTHROPIC_API_KEY, OPERATOR_AGENT_API_KEY or --api-key-file',
      { hint: 'Without a key, "--engine rules" diagnoses by fixed rules' },
    );
  }
  const open = id === "claude" ? unencryptedHost(claude.baseUrl) : undefined;
  if (open !== undefined)
    log.warn(`The key and the cases are sent unencrypted to ${open}: use https beyond this machine`);
  const { budgetUsd, budgetUsdPerDay, budgetUsdOfAll, maxTurns, maxTokens, maxToolCalls, timeout } = choice;
  return {
    engine: await loadEngine(id, { claude }),
    limits: {
      ...(budgetUsd !== undefined && { usd: budgetUsd }),
      ...(maxTurns !== undefined && { turns: maxTurns }),
      ...(maxTokens !== undefined && { tokens: maxTokens }),
      ...(maxToolCalls !== undefined && { toolCalls: maxToolCalls }),
      ...(timeout !== undefined && { wallMs: timeout }),
    },
    dayLimits: budgetUsdPerDay === undefined ? {} : { usd: budgetUsdPerDay },
    ...(budgetUsdOfAll !== undefined && { allUsd: budgetUsdOfAll }),
  };
}

/** The host of an endpoint that is spoken to in plain text over a network. */
export function unencryptedHost(baseUrl: string | undefined): string | undefined {
  const url = baseUrl === undefined ? null : URL.parse(baseUrl);
  if (url?.protocol !== "http:" || /^(?:localhost|127\.[\d.]+|\[::1\])$/.test(url.hostname)) return undefined;
  return url.host;
}

function claudeSettings(
  { model, effort, baseUrl, apiKey, price, whole }: EngineChoice,
  environment: Readonly<Record<string, string | undefined>>,
): ClaudeSettings {
  const key = apiKey ?? (environment["ANTHROPIC_API_KEY"] || environment["ANTHROPIC_AUTH_TOKEN"] || undefined);
  const url = baseUrl ?? (environment["ANTHROPIC_BASE_URL"] || undefined);
  if (url !== undefined && !v.is(BaseUrl, url)) {
    throw new UsageError('Cannot use ANTHROPIC_BASE_URL: it is no address, expected one such as "https://host/path"');
  }
  return {
    streams: !whole,
    ...(key !== undefined && { apiKey: key }),
    ...(url !== undefined && { baseUrl: url }),
    ...(model !== undefined && { model }),
    ...(effort && { effort }),
    ...(price && { price }),
  };
}
