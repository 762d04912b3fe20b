/** The loop: asks the model, runs the tools it wants, and ends with a conclusion or with the reason why there is none. */

import type { Conclusion } from "../../../core/diagnosis/diagnosis.ts";
import type { Desk } from "../../desk/desk.ts";
import { ModelError } from "./model-error.ts";
import { NUDGES, SYSTEM } from "./prompt.ts";
import { type ClaudeSettings, priceOf, tokensOf, type Usage, usdOf } from "./settings.ts";
import { openToolbox, type Toolbox } from "./tools.ts";
import type { Message, Model, ModelRequest } from "./wire/endpoint.ts";
import { answeredStep } from "./wire/recorded-turn.ts";
import type { Block, Turn } from "./wire/turn.ts";

/** What a conversation is held with. */
export interface Conversation {
  readonly desk: Desk;
  readonly model: Model;
  readonly settings: Pick<ClaudeSettings, "model" | "price">;
  /** The first message. */
  readonly brief: string;
  readonly signal: AbortSignal;
}

/** Tokens of one answer at most. */
const MOST_ANSWER_TOKENS = 16_000;
/** An answer that may be shorter than this is not worth asking for. */
const FEWEST_ANSWER_TOKENS = 1024;

/** Turns in a row that bring nothing, after which no more are paid for. */
const MOST_IDLE_TURNS = 3;

/** Share of a budget that is left when the model is told to end. */
const LITTLE_LEFT = 0.15;

/**
 * Talks until the model concludes.
 * @throws {BudgetSpentError} If the budget is spent first.
 * @throws {ModelError} If the model cannot be asked, refuses, or brings nothing.
 */
export async function converse(talk: Conversation): Promise<Conclusion> {
  const { desk, brief, signal } = talk;
  const toolbox = openToolbox(desk);
  const messages: Message[] = [{ role: "user", content: [text(brief)] }];
  for (let idle = 0; idle < MOST_IDLE_TURNS; ) {
    const request = { system: SYSTEM, tools: toolbox.forms, messages, maxTokens: answerTokens(talk) };
    const turn = await ask(request, talk);
    const { reply, concluded, isIdle } = await handle(turn, { toolbox, signal });
    if (concluded) return concluded;
    idle = isIdle ? idle + 1 : 0;
    append(messages, turn.content, [...reply, ...(isLittleLeft(desk) ? [text(NUDGES.littleLeft)] : [])]);
  }
  throw new ModelError(`The model brought nothing in ${MOST_IDLE_TURNS} turns`);
}

/** One turn, charged whatever it says. */
async function ask(request: ModelRequest, { desk, model, settings, signal }: Conversation): Promise<Turn> {
  desk.budget.check();
  const turn = await model.answer(request, signal);
  desk.budget.charge({ turns: 1, tokens: tokensOf(turn.usage), usd: usdOf(turn.usage, priceOf(settings)) });
  desk.record(answeredStep(request, turn));
  return turn;
}

interface Handled {
  readonly reply: readonly Block[];
  readonly concluded?: Conclusion;
  /** Whether the turn brought nothing. */
  readonly isIdle: boolean;
}

interface Handling {
  readonly toolbox: Toolbox;
  readonly signal: AbortSignal;
}

async function handle(turn: Turn, handling: Handling): Promise<Handled> {
  const { stop, calls, category } = turn;
  if (stop === "refusal") {
    throw new ModelError(`The model refuses to answer${category === undefined ? "" : ` (category ${category})`}`);
  }
  if (stop === "model_context_window_exceeded") throw new ModelError("The context of the model is full");
  if (stop === "tool_use" && calls.length > 0) return await runCalls(turn, handling);
  const nudge = text(nudgeOf(stop));
  // Each call needs an answer, also one that must not run.
  const answers = calls.map(({ id }) => resultOf(id, `Not run: the answer ended by ${stop.slice(0, 40)}.`, true));
  return { reply: [...answers, nudge], isIdle: stop !== "pause_turn" };
}

/** One after another: what one finds the next may cite. */
async function runCalls({ calls }: Turn, { toolbox, signal }: Handling): Promise<Handled> {
  const reply: Block[] = [];
  let isIdle = true;
  for (const call of calls) {
    const { text: shown, isError, concluded } = await toolbox.run(call, signal);
    if (concluded) return { reply, concluded, isIdle: false };
    isIdle &&= isError;
    reply.push(resultOf(call.id, shown, isError));
  }
  return { reply, isIdle };
}

function nudgeOf(stop: string): string {
  if (stop === "max_tokens") return NUDGES.tooLong;
  return stop === "pause_turn" ? NUDGES.goOn : NUDGES.noConclusion;
}

/** Turns alternate; of an answer with nothing that can be sent back, the reply goes to the message before it. */
function append(messages: Message[], content: readonly Block[], reply: readonly Block[]): void {
  const last = messages.at(-1);
  if (content.length > 0 || !last) {
    messages.push({ role: "assistant", content }, { role: "user", content: reply });
  } else messages[messages.length - 1] = { ...last, content: [...last.content, ...reply] };
}

/** As many tokens as an answer may have by what is left of the budget. */
function answerTokens({ desk: { budget }, settings }: Conversation): number {
  const { limits } = budget;
  const spent = budget.spent();
  const { output } = priceOf(settings);
  const payable = output > 0 ? ((limits.usd - spent.usd) * 1_000_000) / output : MOST_ANSWER_TOKENS;
  const left = Math.floor(Math.min(limits.tokens - spent.tokens, payable, MOST_ANSWER_TOKENS));
  return Math.max(left, FEWEST_ANSWER_TOKENS);
}

function isLittleLeft({ budget }: Desk): boolean {
  const { limits } = budget;
  const spent = budget.spent();
  return (["turns", "tokens", "toolCalls", "usd"] as const).some(
    (name) => limits[name] - spent[name] <= Math.max(name === "turns" ? 2 : 0, limits[name] * LITTLE_LEFT),
  );
}

/** What an attempt without an answer came to. */
export function chargeFailed(
  desk: Desk,
  usage: Usage | undefined,
  settings: Pick<ClaudeSettings, "model" | "price">,
): void {
  if (usage) desk.budget.charge({ tokens: tokensOf(usage), usd: usdOf(usage, priceOf(settings)) });
}

function text(said: string): Block {
  return { type: "text", text: said };
}

function resultOf(id: string, said: string, isError: boolean): Block {
  return { type: "tool_result", tool_use_id: id, content: said, ...(isError && { is_error: true }) };
}
