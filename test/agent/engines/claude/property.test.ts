/** Any sequence of turns, valid or absurd, keeps the budgets, ends in order, and leaves a consistent incident. */

import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { admitConclusion } from "../../../../src/agent/admit.ts";
import { investigateNext } from "../../../../src/agent/agent.ts";
import { evidenceOf } from "../../../../src/agent/case/evidence.ts";
import { QUERIES } from "../../../../src/agent/desk/queries/mod.ts";
import { claude } from "../../../../src/agent/engines/claude/mod.ts";
import { ModelError } from "../../../../src/agent/engines/claude/model-error.ts";
import { priceOf, tokensOf, usdOf } from "../../../../src/agent/engines/claude/settings.ts";
import type { Model } from "../../../../src/agent/engines/claude/wire/endpoint.ts";
import { type Block, type Turn, turnOf } from "../../../../src/agent/engines/claude/wire/turn.ts";
import { WRITERS } from "../../../../src/agent/engines/claude/writers.ts";
import { CONFIDENCE_CAP } from "../../../../src/core/diagnosis/diagnosis.ts";
import { isRuledOut } from "../../../../src/core/diagnosis/hypothesis.ts";
import { isObject } from "../../../../src/core/text/parse.ts";
import { MECHANISMS } from "../../../../src/core/words/mechanism.ts";
import { setStage } from "../../../toy/stage.ts";
import { LAMPS, talk } from "./talk.ts";

const LIMITS = { wallMs: 600_000, turns: 12, tokens: 20_000, toolCalls: 15, usd: 0.2 };

const component = fc.constantFrom(
  "lamp/2",
  "mains/1",
  "lamp/99",
  "../../etc/passwd",
  "node/$(reboot)",
  "",
  "endpoint/2",
);
const predicate = fc.oneof(
  fc.record({
    kind: fc.constant("state-is"),
    component,
    path: fc.constantFrom("state", "probe", "__proto__", "labels.mode", "process.state"),
    comparison: fc.constantFrom("is", "is-not", "above"),
    value: fc.constantFrom("down", "up", "refused", 7, null),
  }),
  fc.record({ kind: fc.constantFrom("link-broken", "link-works"), from: component, to: component }),
  fc.record({ kind: fc.constant("changed"), component, change: fc.constantFrom("went-down", "restarted", "exploded") }),
  fc.record({
    kind: fc.constant("verdict-is"),
    invariant: fc.constantFrom("shines", "endpoint-answers", "x"),
    entity: component,
    verdict: fc.constantFrom("violated", "holds"),
  }),
  fc.record({
    kind: fc.constant("logged"),
    component,
    contains: fc.string(),
    sinceMs: fc.double(),
    count: fc.integer(),
  }),
  fc.jsonValue(),
);
const cites = fc.array(fc.constantFrom("e1", "e2", "e404", "'; DROP TABLE incidents; --"), { maxLength: 3 });
const claim = fc.record(
  { side: fc.constantFrom("for", "against"), predicate, cites },
  { requiredKeys: ["side", "predicate"] },
);
const hypothesis = fc.record({
  component,
  mechanism: fc.constantFrom(...MECHANISMS, "sorcery"),
  summary: fc.string(),
  claims: fc.array(claim, { maxLength: 4 }),
});
const named = fc.constantFrom("h1", "h2", "h3", "h9", "h404", "constructor");
const input = fc.oneof(
  { weight: 3, arbitrary: fc.record({ hypotheses: fc.array(hypothesis, { maxLength: 4 }) }) },
  fc.record({ hypothesis: named, claim }),
  fc.record({ hypothesis: named, because: fc.string() }),
  fc.record(
    {
      cause: fc.oneof(named, fc.constant(null)),
      confidence: fc.double(),
      unknowns: fc.array(fc.string(), { maxLength: 2 }),
    },
    { requiredKeys: [] },
  ),
  fc.record({ component, from: fc.integer(), most: fc.integer(), evidence: cites }, { requiredKeys: [] }),
  fc.record({ approved: fc.constant(true), token: fc.string(), command: fc.constant("rm -rf /") }),
  fc.jsonValue(),
);
const tools = [...QUERIES, ...WRITERS].map(({ name }) => name);
const call = fc.record({
  type: fc.constant("tool_use"),
  id: fc.constantFrom("toolu_1", "toolu_2", "toolu_3", ""),
  name: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...tools) },
    fc.constantFrom("restart", "shell", "approve", "__proto__"),
  ),
  input,
});
const block = fc.oneof(
  { weight: 4, arbitrary: call },
  fc.record({ type: fc.constant("text"), text: fc.string() }),
  fc.record({ type: fc.constant("thinking"), thinking: fc.string(), signature: fc.string() }),
  fc.record({ type: fc.string() }),
);
const tokens = fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 0, max: 900 }) }, fc.constantFrom(0, 1e9));
const turn = fc.record({
  content: fc.array(block, { maxLength: 4 }),
  stop: fc.oneof(
    { weight: 8, arbitrary: fc.constant("tool_use") },
    fc.constantFrom(
      "end_turn",
      "max_tokens",
      "refusal",
      "pause_turn",
      "model_context_window_exceeded",
      "none",
      "__proto__",
    ),
  ),
  usage: fc.record({ inputTokens: tokens, cacheWriteTokens: tokens, cacheReadTokens: tokens, outputTokens: tokens }),
  fails: fc.oneof({ weight: 12, arbitrary: fc.constant(undefined) }, fc.constantFrom("once", "for good")),
});
const turns = fc.array(turn, { minLength: 1, maxLength: 14 });

type Played = typeof turns extends fc.Arbitrary<infer T> ? T : never;

test("claude keeps its budgets and says nothing false, whatever the model answers", async () => {
  await fc.assert(
    fc.asyncProperty(turns, async (played) => {
      const model = modelOf(played);

      const { conclusion, error, spent, steps } = await talk(() => undefined, { model, limits: LIMITS });

      if (error !== undefined) expect(error instanceof ModelError).toBe(true);
      const last = Math.max(0, ...model.given.map(({ usage }) => tokensOf(usage)));
      const dearest = Math.max(0, ...model.given.map(({ usage }) => usdOf(usage, priceOf({}))));
      expect(spent.turns).toBeLessThanOrEqual(LIMITS.turns);
      expect(spent.toolCalls).toBeLessThanOrEqual(LIMITS.toolCalls);
      expect(spent.tokens).toBeLessThanOrEqual(LIMITS.tokens + last);
      expect(spent.usd).toBeLessThanOrEqual(LIMITS.usd + dearest);
      const asked = steps.flatMap(({ kind, detail }) =>
        kind === "asked" && isObject(detail) ? [detail["query"]] : [],
      );
      expect(asked.every((query) => tools.includes(String(query)))).toBe(true);
      expect(steps.every(({ kind }) => kind !== "began")).toBe(true);
      if (!conclusion) return;
      const { cause, confidence } = admitConclusion(conclusion, evidenceOf(LAMPS), () => true);
      expect(confidence).toBeLessThanOrEqual(CONFIDENCE_CAP[cause?.verdict ?? "inconclusive"]);
      if (cause?.verdict === "confirmed")
        expect(cause.claims.some((one) => one.side === "for" && isRuledOut(one))).toBe(false);
      if (cause) expect(cause.claims.some(({ side, outcome }) => side === "for" && outcome === "true")).toBe(true);
    }),
    { numRuns: 250 },
  );
}, 60_000);

test("an incident is consistent whatever the model answers: diagnosed, proposed by code, never left half-way", async () => {
  await fc.assert(
    fc.asyncProperty(turns, async (played) => {
      await using stage = await setStage();
      const engine = claude({}, { model: modelOf(played), random: () => 0, clock: { sleep: () => Promise.resolve() } });

      const incident = await investigateNext({ ...stage.agent, engine, limits: LIMITS }, stage.signal);

      expect(["awaiting-approval", "escalated"]).toContain(incident?.state ?? "");
      const investigations = stage.database.investigations.list(stage.incident);
      expect(investigations.every(({ state }) => state === "concluded" || state === "failed")).toBe(true);
      expect(investigations.at(-1)?.state).toBe("concluded");
      expect(stage.database.incidents.diagnoses(stage.incident)).toHaveLength(1);
      const runs = stage.database.actionRuns.list({ incident: stage.incident });
      expect(runs.every(({ action, state }) => action === "start-component" && state === "pending")).toBe(true);
      expect(stage.endpoints.starts).toBe(0);
    }),
    { numRuns: 15 },
  );
}, 60_000);

/** A model that answers so, and says no more when that is over; what it gave is counted. */
function modelOf(played: Played): Model & { readonly given: readonly Turn[] } {
  const given: Turn[] = [];
  let position = 0;
  let failed = -1;
  return {
    given,
    async answer() {
      const next = played[position];
      if (!next) return turnOf([], { stop: "end_turn", usage: NO_USAGE });
      if (next.fails === "for good") throw new ModelError("The key is refused");
      if (next.fails === "once" && failed !== position) {
        failed = position;
        throw new ModelError("Overloaded", { retry: true });
      }
      position += 1;
      const raw = next.content.map((one): { readonly block: Block } => ({ block: { ...one } }));
      const answered = turnOf(raw, { stop: next.stop, usage: next.usage });
      given.push(answered);
      return answered;
    },
  };
}

const NO_USAGE = { inputTokens: 0, cacheWriteTokens: 0, cacheReadTokens: 0, outputTokens: 0 };
