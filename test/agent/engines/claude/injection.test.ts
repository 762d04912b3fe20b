/** Text planted in telemetry reaches a model only within the fence, and changes no verdict of the rules and no action. */

import { expect, test } from "bun:test";
import { type Case, parseCase } from "../../../../src/agent/case/case.ts";
import { SYSTEM } from "../../../../src/agent/engines/claude/prompt.ts";
import type { Model, ModelRequest } from "../../../../src/agent/engines/claude/wire/endpoint.ts";
import { turnOf } from "../../../../src/agent/engines/claude/wire/turn.ts";
import { rules } from "../../../../src/agent/engines/rules/mod.ts";
import { isObject, parse } from "../../../../src/core/text/parse.ts";
import { BUNDLES, Bundle, saidOf } from "../../bundles.ts";
import { aCase, storedDesk } from "../../cases.ts";
import { CARRIERS, MARK, PAYLOADS } from "./planted.ts";
import { LAMPS, talk } from "./talk.ts";

const { signal } = new AbortController();
const USAGE = { inputTokens: 1, cacheWriteTokens: 0, cacheReadTokens: 0, outputTokens: 1 };

/** Judgements and more of it than the lamps need, so that every place has something to stand in. */
const GIVEN = aCase({
  ...LAMPS,
  judgements: [
    {
      invariant: "shines",
      entity: "lamp/2",
      on: "lamp/2",
      verdict: "violated",
      reason: "refused",
      summary: "Dark",
      evidence: {},
      readAtMs: 2000,
    },
  ],
});

test("there are at least 150 payloads over all places", () => {
  expect(PAYLOADS.length * Object.keys(CARRIERS).length).toBeGreaterThanOrEqual(150);
});

for (const [name, plant] of Object.entries(CARRIERS)) {
  test(`what is planted in ${name} reaches a model only fenced and escaped`, async () => {
    for (const payload of PAYLOADS) {
      const given = plant(GIVEN, `${MARK} ${payload} ${MARK}`);

      const said = await everythingSaid(given);

      expect(said.inside).toContain(MARK);
      expect(said.outside).not.toContain(MARK);
      expect(said.outside).not.toMatch(/[<>]/);
      expect(said.inside).not.toMatch(/[<>&\u200B-\u200D\u202A-\u202E\u2028\u2029\u2060\uFEFF\u{E0000}-\u{E007F}]/u);
      expect(said.inside.isWellFormed()).toBe(true);
    }
  });
}

test("what is planted anywhere changes no verdict of the rules, and so no action", async () => {
  const { case: recorded } = parse(Bundle, await Bun.file(`${BUNDLES}/node-kill.json`).json(), "bundle");
  const plain = await verdictOf(recorded, "Nothing of note");

  for (const payload of PAYLOADS) expect(await verdictOf(recorded, `${MARK} ${payload}`)).toEqual(plain);
});

/** Text within the fences and outside of them, of every request that shows all that the desk has. */
async function everythingSaid(given: Case): Promise<{ readonly inside: string; readonly outside: string }> {
  const requests: ModelRequest[] = [];
  const model: Model = {
    async answer(request) {
      requests.push({ ...request, messages: [...request.messages] });
      const calls =
        requests.length > 1 ? [callOf("conclude", {})] : askedOf(given).map(([tool, input]) => callOf(tool, input));
      return turnOf(
        calls.map((block, index) => ({ block: { ...block, id: `toolu_${index}` } })),
        { stop: "tool_use", usage: USAGE },
      );
    },
  };
  const { conclusion } = await talk(() => undefined, { case: given, model });
  expect(conclusion?.engine).toBe("claude");
  expect(requests.every(({ system }) => system === SYSTEM)).toBe(true);
  const texts = requests.flatMap(({ messages }) =>
    messages
      .filter(({ role }) => role === "user")
      .flatMap(({ content }) => content.map((block) => String(block["text"] ?? block["content"]))),
  );
  const fences = /<data>\n([\s\S]*?)\n<\/data>/g;
  return {
    inside: texts.flatMap((text) => [...text.matchAll(fences)].map(([, within = ""]) => within)).join("\n"),
    outside: texts.map((text) => text.replaceAll(fences, "")).join("\n"),
  };
}

/** Every query, one of them wrong in a way that quotes what there is. */
function askedOf({ picture, logs, inspections }: Case): readonly (readonly [string, unknown])[] {
  return [
    ["components", {}],
    ["verdicts", {}],
    ["series", { from: 0 }],
    ["compare", {}],
    ["changes", {}],
    ["history", {}],
    ["look", {}],
    ...logs.map(({ component }) => ["logs", { component, from: 0 }] as const),
    ...inspections.map(({ component, id }) => ["inspect", { component, inspection: id }] as const),
    ["conclude", { affected: ["lamp/404"] }],
    [
      "propose",
      { hypotheses: [{ component: picture.components[0]?.id, mechanism: "crash", summary: MARK, claims: [] }] },
    ],
  ];
}

function callOf(name: string, input: unknown) {
  return { type: "tool_use", name, input: isObject(input) ? input : {} };
}

/** What the rules say with a text in every place. */
async function verdictOf(recorded: Case, text: string) {
  const planted = Object.values(CARRIERS).reduce((given, plant) => plant(given, text), recorded);
  const given = parseCase(JSON.parse(JSON.stringify(planted)));
  const said = saidOf(await rules.investigate(given, storedDesk(given), signal));
  return { ...said, claims: said?.claims.map((claim) => ({ ...claim, claim: claim.claim.replaceAll(text, "") })) };
}
