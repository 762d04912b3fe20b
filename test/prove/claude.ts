/**
 * Has a model diagnose every recorded case, and scores it beside `rules`: components and mechanisms named, dollars, tokens.
 * That takes ANTHROPIC_API_KEY (and perhaps ANTHROPIC_BASE_URL, CLAUDE_MODEL). Without a key it measures what can be measured:
 * how large the first request of each case is.
 */

import { briefOf } from "../../src/agent/engines/claude/brief.ts";
import { claude } from "../../src/agent/engines/claude/mod.ts";
import { SYSTEM } from "../../src/agent/engines/claude/prompt.ts";
import { type ClaudeSettings, DEFAULT_MODEL } from "../../src/agent/engines/claude/settings.ts";
import { formsOf } from "../../src/agent/engines/claude/tools.ts";
import { rules } from "../../src/agent/engines/rules/mod.ts";
import { rediagnose } from "../../src/agent/replay/replay.ts";
import type { Conclusion } from "../../src/core/diagnosis/diagnosis.ts";
import { NOTHING_SPENT, type Spending } from "../../src/core/diagnosis/investigation.ts";
import { messageOf } from "../../src/core/text/errors.ts";
import { type Bundle, readBundles } from "../agent/bundles.ts";
import { storedDesk } from "../agent/cases.ts";
import type { Proof } from "./mod.ts";

/** US dollars after which no further case is asked. */
const MOST_USD = 10;
const WITHIN_MS = 600_000;
/** Characters of one token, about. */
const PER_TOKEN = 4;

interface Row {
  readonly bundle: Bundle;
  readonly said: string;
  readonly isRight: boolean;
  readonly spent: Spending;
}

/** Holds where a model names at least as many causes as `rules`. */
export async function proveClaude(): Promise<Proof> {
  const bundles = await readBundles();
  const sizes = await Promise.all(bundles.map(firstRequest));
  const size = `First request of ${bundles.length} recorded cases: ${Math.min(...sizes)} to ${Math.max(...sizes)} tokens, estimated by ${PER_TOKEN} characters each.`;
  const apiKey = process.env["ANTHROPIC_API_KEY"];
  if (!apiKey) return { held: "not measured", figures: `${size}\n\nDiagnoses by a model: not measured (no key).` };
  const baseUrl = process.env["ANTHROPIC_BASE_URL"];
  const model = process.env["CLAUDE_MODEL"] ?? DEFAULT_MODEL;
  const settings = { apiKey, model, ...(baseUrl && { baseUrl }) };
  const rows: Row[] = [];
  for (const bundle of bundles) {
    if (rows.reduce((sum, { spent }) => sum + spent.usd, 0) > MOST_USD) break;
    rows.push(await diagnosed(bundle, settings));
  }
  const byRules = await Promise.all(
    rows.map(({ bundle }) =>
      rediagnose({ bundle: 1, case: bundle.case }, { engine: rules, signal: AbortSignal.timeout(WITHIN_MS) }),
    ),
  );
  const right = rows.filter(({ isRight }) => isRight).length;
  const rulesRight = byRules.filter((conclusion, index) => isRight(conclusion, rows[index]?.bundle)).length;
  const usd = rows.reduce((sum, { spent }) => sum + spent.usd, 0);
  return {
    held: right >= rulesRight,
    figures: [
      size,
      `${model}: ${right} of ${rows.length} right, $${usd.toFixed(2)}; rules: ${rulesRight} of ${rows.length}.`,
      ["| case | truth | answer | turns | tokens | usd |", "|---|---|---|---|---|---|", ...rows.map(lineOf)].join("\n"),
    ].join("\n\n"),
  };
}

async function diagnosed(bundle: Bundle, settings: ClaudeSettings): Promise<Row> {
  let spent = NOTHING_SPENT;
  try {
    const conclusion = await rediagnose(
      { bundle: 1, case: bundle.case },
      { engine: claude(settings), signal: AbortSignal.timeout(WITHIN_MS), onStep: (_, until) => (spent = until) },
    );
    const { cause } = conclusion;
    const said = cause ? `${cause.mechanism} of ${cause.component}, ${cause.verdict}` : "none";
    return { bundle, said, isRight: isRight(conclusion, bundle), spent };
  } catch (error) {
    return { bundle, said: messageOf(error), isRight: false, spent };
  }
}

function isRight({ cause }: Conclusion, bundle: Bundle | undefined): boolean {
  return cause?.component === bundle?.truth.component && cause?.mechanism === bundle?.truth.mechanism;
}

function lineOf({ bundle: { fault, truth }, said, spent }: Row): string {
  return `| ${fault} | ${truth.mechanism} of ${truth.component} | ${said} | ${spent.turns} | ${spent.tokens} | ${spent.usd.toFixed(3)} |`;
}

/** Tokens of what a model is asked with first, about. */
async function firstRequest({ case: given }: Bundle): Promise<number> {
  const desk = storedDesk(given);
  const first = await rules.investigate(given, desk, AbortSignal.timeout(WITHIN_MS));
  const length = SYSTEM.length + JSON.stringify(formsOf(desk)).length + briefOf(given, { desk, first }).length;
  return Math.round(length / PER_TOKEN);
}
