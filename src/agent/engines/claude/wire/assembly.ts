/** Puts the events of a streamed answer together. */

import { isObject } from "../../../../core/text/parse.ts";
import { ModelError } from "../model-error.ts";
import { type Block, type RawBlock, type Turn, turnOf, usageOf } from "./turn.ts";

/** Takes events one by one. */
export interface Assembly {
  /** @throws {ModelError} If the answer grows without bound. */
  add(event: unknown): void;
  /**
   * The whole answer.
   * @throws {ModelError} If it did not end.
   */
  turn(): Turn;
}

/** Characters of one answer at most. */
const MOST_CHARACTERS = 4_000_000;

interface Growing {
  readonly block: Record<string, unknown> & { type: string };
  inputText: string;
}

/**
 * An empty answer.
 * @param requestLength Characters of the request, by which tokens are estimated where none are told.
 */
export function openAssembly(requestLength: number): Assembly {
  const blocks = new Map<number, Growing>();
  let told: Record<string, unknown> | undefined;
  let stop: string | undefined;
  let category: string | undefined;
  let ended = false;
  let length = 0;
  const raw = (): readonly RawBlock[] =>
    [...blocks].toSorted(([a], [b]) => a - b).map(([, { block, inputText }]) => ({ block, inputText }));
  function grow(text: string): string {
    length += text.length;
    if (length > MOST_CHARACTERS)
      throw new ModelError("The answer is too large", { usage: usageOf(told, raw(), requestLength) });
    return text;
  }
  return {
    add(event) {
      if (!isObject(event)) return;
      const { type, index } = event;
      if (type === "message_start" && isObject(event["message"])) told ??= fieldsOf(event["message"]["usage"]);
      if (type === "content_block_start" && typeof index === "number" && isBlock(event["content_block"])) {
        if (!blocks.has(index)) blocks.set(index, { block: { ...event["content_block"] }, inputText: "" });
      }
      if (type === "content_block_delta" && typeof index === "number") extend(blocks.get(index), event["delta"], grow);
      if (type === "message_delta") {
        const delta = fieldsOf(event["delta"]);
        if (typeof delta["stop_reason"] === "string") stop = delta["stop_reason"];
        category ??= categoryOf(delta["stop_details"]);
        told = { ...told, ...known(fieldsOf(event["usage"])) };
      }
      if (type === "message_stop") ended = true;
    },
    turn() {
      const usage = usageOf(told, raw(), requestLength);
      // Where nothing came at all, nothing was answered and nothing is paid.
      if (!ended || stop === undefined) {
        throw new ModelError("The answer was cut off", { retry: true, ...(told && { usage }) });
      }
      return turnOf(raw(), { stop, usage, ...(category !== undefined && { category }) });
    },
  };
}

/** A turn of an answer that came as one message; `undefined` where it is no message. */
export function turnOfMessage(message: unknown, requestLength: number): Turn | undefined {
  if (!isObject(message) || message["type"] !== "message" || !Array.isArray(message["content"])) return undefined;
  const raw = message["content"].filter(isBlock).map((block) => ({ block }));
  const stop = typeof message["stop_reason"] === "string" ? message["stop_reason"] : "none";
  const category = categoryOf(message["stop_details"]);
  const usage = usageOf(message["usage"], raw, requestLength);
  return turnOf(raw, { stop, usage, ...(category !== undefined && { category }) });
}

function extend(growing: Growing | undefined, delta: unknown, grow: (text: string) => string): void {
  if (!growing || !isObject(delta)) return;
  const { block } = growing;
  if (delta["type"] === "input_json_delta") growing.inputText += grow(textOf(delta["partial_json"]));
  for (const [type, field] of TEXTS) {
    if (delta["type"] === type) block[field] = textOf(block[field]) + grow(textOf(delta[field]));
  }
}

const TEXTS = [
  ["text_delta", "text"],
  ["thinking_delta", "thinking"],
  ["signature_delta", "signature"],
] as const;

function categoryOf(details: unknown): string | undefined {
  const category = fieldsOf(details)["category"];
  return typeof category === "string" ? category.slice(0, 64) : undefined;
}

/** Counts that the last event leaves out stay as the first told them. */
function known(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => typeof value === "number"));
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {};
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function isBlock(value: unknown): value is Block {
  return isObject(value) && typeof value["type"] === "string";
}
