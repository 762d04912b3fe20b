/** One answer of a model, made of what came over the wire: tolerant of what is strange, strict about what may run. */

import { isObject } from "../../../../core/text/parse.ts";
import { redactJson, redactText } from "../../../../core/text/redaction.ts";
import type { Usage } from "../settings.ts";

/** A piece of an answer, in the form in which it is sent back. */
export type Block = Readonly<Record<string, unknown>> & { readonly type: string };

/** A tool that the model wants to be run. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
  /** Why its input cannot be used. */
  readonly malformed?: string;
}

/** One complete answer. */
export interface Turn {
  /** Without secrets; thinking stays as it came, since it must be sent back unchanged. */
  readonly content: readonly Block[];
  readonly calls: readonly ToolCall[];
  /** As the endpoint names it; only at `tool_use` may calls run. */
  readonly stop: string;
  /** Of a refusal: its category. */
  readonly category?: string;
  readonly usage: Usage;
}

/** A block as it came, its input still text where it was streamed. */
export interface RawBlock {
  readonly block: Block;
  readonly inputText?: string;
}

/** Characters of one tool's input at most. */
const MOST_INPUT = 32_000;

/** Makes a turn of the blocks that came. */
export function turnOf(raw: readonly RawBlock[], rest: Omit<Turn, "content" | "calls">): Turn {
  const read = raw.flatMap((one) => readBlock(one));
  const ids = new Set<string>();
  const content: Block[] = [];
  const calls: ToolCall[] = [];
  for (const { block, call } of read) {
    if (!call) {
      content.push(block);
      continue;
    }
    const id = uniqueId(call.id, ids);
    content.push({ ...block, id });
    calls.push({ ...call, id });
  }
  return { content, calls, ...rest };
}

/** Counts tokens where the endpoint tells none, so that no answer is free. */
export function usageOf(told: unknown, raw: readonly RawBlock[], requestLength: number): Usage {
  const fields = isObject(told) ? told : {};
  const count = (name: string): number | undefined => {
    const value = fields[name];
    return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
  };
  const answered = raw.reduce(
    (sum, { block, inputText = "" }) => sum + JSON.stringify(block).length + inputText.length,
    0,
  );
  return {
    inputTokens: count("input_tokens") ?? Math.ceil(requestLength / CHARACTERS_PER_TOKEN),
    cacheWriteTokens: count("cache_creation_input_tokens") ?? 0,
    cacheReadTokens: count("cache_read_input_tokens") ?? 0,
    outputTokens: count("output_tokens") ?? Math.ceil(answered / CHARACTERS_PER_TOKEN),
  };
}

const CHARACTERS_PER_TOKEN = 4;

interface ReadBlock {
  readonly block: Block;
  readonly call?: ToolCall;
}

/** Kinds of blocks that can be sent back; others are left out, as is text that says nothing. */
function readBlock({ block, inputText }: RawBlock): readonly ReadBlock[] {
  const { type } = block;
  if (type === "thinking" || type === "redacted_thinking") return [{ block }];
  if (type === "text") {
    const text = typeof block["text"] === "string" ? redactText(block["text"]) : "";
    return text.trim() === "" ? [] : [{ block: { type, text } }];
  }
  if (type !== "tool_use") return [];
  const name = typeof block["name"] === "string" && /^[\w-]{1,64}$/.test(block["name"]) ? block["name"] : "unnamed";
  const id = typeof block["id"] === "string" && /^[\w-]{1,100}$/.test(block["id"]) ? block["id"] : "toolu_unnamed";
  const { input, malformed } = inputOf(block["input"], inputText);
  const call = { id, name, input, ...(malformed !== undefined && { malformed }) };
  return [{ block: { type, id, name, input }, call }];
}

function inputOf(given: unknown, text: string | undefined): { readonly input: unknown; readonly malformed?: string } {
  const streamed = text !== undefined && text !== "";
  if ((streamed ? text : JSON.stringify(given ?? null)).length > MOST_INPUT) {
    return { input: {}, malformed: `Its input is longer than ${MOST_INPUT} characters` };
  }
  const parsed = streamed ? parsedOf(text) : (given ?? {});
  if (!isObject(parsed)) return { input: {}, malformed: "Its input is not a JSON object" };
  return { input: redactJson(parsed) };
}

function parsedOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function uniqueId(id: string, taken: Set<string>): string {
  let unique = id;
  for (let count = 2; taken.has(unique); count += 1) unique = `${id}-${count}`;
  taken.add(unique);
  return unique;
}
