/** A turn as it is put on record, and read back to be played again. */

import * as v from "valibot";
import type { InvestigationStep, Step } from "../../../../core/diagnosis/investigation.ts";
import { excerptOf } from "../../../../core/text/excerpt.ts";
import { redactJson } from "../../../../core/text/redaction.ts";
import type { ModelRequest } from "./endpoint.ts";
import { type Block, type Turn, turnOf } from "./turn.ts";

const Recorded = v.object({
  /** Digest of what was asked. */
  request: v.string(),
  stop: v.string(),
  category: v.exactOptional(v.string()),
  content: v.array(v.looseObject({ type: v.string() })),
  malformed: v.exactOptional(v.record(v.string(), v.string())),
  usage: v.object({
    inputTokens: v.number(),
    cacheWriteTokens: v.number(),
    cacheReadTokens: v.number(),
    outputTokens: v.number(),
  }),
});

/** The step of a turn, without its secrets and without signatures, which nobody can check here. */
export function answeredStep(request: ModelRequest, turn: Turn): Step {
  const { content, calls, stop, category, usage } = turn;
  const malformed = calls.flatMap(({ id, malformed: why }) => (why === undefined ? [] : [[id, why] as const]));
  const detail: v.InferOutput<typeof Recorded> = {
    request: digestOf(request),
    stop,
    ...(category !== undefined && { category }),
    content: content.map((block) => kept(block)),
    ...(malformed.length > 0 && { malformed: Object.fromEntries(malformed) }),
    usage,
  };
  return { kind: "answered", summary: summaryOf(turn), detail };
}

/** A turn on record. */
export interface RecordedTurn {
  /** Digest of what was asked. */
  readonly request: string;
  readonly turn: Turn;
}

/** Reads a turn on record; `undefined` where the step is none. */
export function recordedTurn({ kind, detail }: Pick<InvestigationStep, "kind" | "detail">): RecordedTurn | undefined {
  if (kind !== "answered") return undefined;
  const read = v.safeParse(Recorded, detail);
  if (!read.success) return undefined;
  const { request, stop, category, content, malformed = {}, usage } = read.output;
  const raw = content.map((block) => ({ block }));
  const turn = turnOf(raw, { stop, usage, ...(category !== undefined && { category }) });
  const calls = turn.calls.map((call) => {
    const why = malformed[call.id];
    return why === undefined ? call : { ...call, malformed: why };
  });
  return { request, turn: { ...turn, calls } };
}

/** What was asked, in short: the same question has the same digest. */
export function digestOf({ system, tools, messages, maxTokens }: ModelRequest): string {
  const said = messages.map(({ role, content }) => ({ role, content: content.map(kept) }));
  const whole = JSON.stringify({ system, tools, messages: said, maxTokens });
  return new Bun.CryptoHasher("sha256").update(whole).digest("hex").slice(0, 32);
}

/** Of thinking only the text. */
function kept(block: Block): Block {
  const { type } = block;
  if (type === "redacted_thinking") return { type };
  if (type !== "thinking") return block;
  return { type, thinking: redactJson(block["thinking"] ?? "") };
}

function summaryOf({ content, calls, stop }: Turn): string {
  const said = content.flatMap(({ type, text }) =>
    type === "text" && typeof text === "string" ? [excerptOf(text, 160)] : [],
  );
  const wanted = calls.map(({ name, input }) => `${name} ${excerptOf(JSON.stringify(input), 80)}`);
  return [...said, ...wanted].join("; ") || `Nothing (${stop})`;
}
