import { expect, test } from "bun:test";
import { admitConclusion } from "../../../src/agent/admit.ts";
import { parseCase } from "../../../src/agent/case/case.ts";
import { evidenceOf } from "../../../src/agent/case/evidence.ts";
import type { Engine } from "../../../src/agent/engines/engine.ts";
import { rules } from "../../../src/agent/engines/rules/mod.ts";
import { outcomeOf } from "../../../src/agent/outcome.ts";
import { type Bundle, readBundle, writeBundle } from "../../../src/agent/replay/bundle.ts";
import { rediagnose, replay } from "../../../src/agent/replay/replay.ts";
import { messageOf } from "../../../src/core/text/errors.ts";
import { BUNDLES } from "../bundles.ts";
import { scripted } from "../engines/claude/brains.ts";
import { type Answer, call, errorOf, type Script, text } from "../engines/claude/fake-api.ts";
import { CRASH, claimOf, LAMPS, type Talk, type TalkOptions, talk } from "../engines/claude/talk.ts";

const { signal } = new AbortController();
const GIVEN = parseCase(LAMPS);

const LOOKS: readonly Answer[] = [
  {
    content: [
      { type: "thinking", thinking: "Hm", signature: "c2ln" },
      text("I look."),
      call("components", {}),
      call("logs", { component: "lamp/2" }),
    ],
  },
  { content: [call("verdicts", '{"component"')] },
  {
    content: [
      call("propose", { hypotheses: [{ ...CRASH, claims: [...CRASH.claims, claimOf("probe", "timed-out")] }] }),
    ],
  },
  { content: [call("reject", { hypothesis: "h1", because: "No sign of it" }), call("reboot", {})] },
  { content: [call("conclude", { cause: "LAST" })] },
];

const TALKS: Readonly<Record<string, readonly [Script, TalkOptions?]>> = {
  "that concludes": [scripted(LOOKS)],
  "whose claims were refused": [
    scripted([
      { content: [call("claim", { hypothesis: "h99" }), call("components", {})] },
      { content: [call("conclude", {})] },
    ]),
  ],
  "that failed after it had shown a cause": [
    (one, index) => (index < 3 ? scripted(LOOKS)(one, index) : errorOf(401, "authentication_error", "Revoked")),
  ],
  "that has no stream": [scripted(LOOKS), { settings: { streams: false, model: "claude-haiku-5-5", effort: "low" } }],
  "with attempts that failed": [
    (one, index) => (index < 2 ? errorOf(529, "overloaded_error", "No") : scripted(LOOKS)(one, index - 2)),
  ],
  "that failed": [() => errorOf(401, "authentication_error", "Bad key")],
  "that was refused": [() => ({ content: [], stop: "refusal" })],
  "that ran out of turns": [scripted(LOOKS), { limits: { turns: 2 } }],
  "that ran out of tool calls": [scripted(LOOKS), { limits: { toolCalls: 1 } }],
  "that ran out of time": [
    (one, index) => (index < 2 ? scripted(LOOKS)(one, index) : new Promise(() => undefined)),
    { signal: "short" },
  ],
  "that brought nothing": [() => ({ content: [text("Hm.")] })],
};

test.each(Object.keys(TALKS))("replay() runs an investigation %s again, the same without a network", async (name) => {
  const [script, options = {}] = TALKS[name] ?? [];
  if (!script) throw new Error(`Cannot find the talk ${name}`);
  const bundle = bundleOf(await talk(script, options));

  const replayed = await replay(readBundle(writeBundle(bundle)), signal);

  expect(replayed.difference).toBeUndefined();
  expect(replayed.same).toBe(bundle.investigation?.steps.length ?? -1);
});

test("replay() names the first step that differs when what was found is another", async () => {
  const bundle = bundleOf(await talk(scripted(LOOKS)));
  const steps = bundle.investigation?.steps ?? [];
  const asked = steps.findIndex(({ kind }) => kind === "asked");

  const changed = { ...bundle, case: { ...bundle.case, atMs: 2500 } };
  const answered = withStep(bundle, asked, (detail) => ({ ...detail, value: "nothing" }));
  const shortened = withSteps(bundle, steps.slice(0, -3));

  expect((await replay(changed, signal)).difference).toMatchObject({
    was: expect.stringContaining("prompted"),
    at: "brief",
  });
  expect((await replay(answered, signal)).difference).toMatchObject({
    is: expect.stringContaining("stopped: The model is asked something else"),
  });
  expect((await replay(shortened, signal)).difference).toMatchObject({ step: steps.length - 2 });
});

test("replay() of what holds no investigation says so", async () => {
  await expect(replay({ bundle: 1, case: LAMPS }, signal)).rejects.toThrow("it holds no investigation");
});

test("replay() runs an investigation by rules again", async () => {
  const given = readBundle(await Bun.file(`${BUNDLES}/node-kill.json`).text()).case;
  const bundle = await byRules(given);

  expect((await replay(bundle, signal)).difference).toBeUndefined();
  expect(
    (
      await replay(
        withStep(bundle, 0, () => []),
        signal,
      )
    ).difference,
  ).toMatchObject({ step: 1 });
});

test("rediagnose() diagnoses a recorded case by another engine", async () => {
  const bundle = readBundle(await Bun.file(`${BUNDLES}/node-kill.json`).text());

  const conclusion = await rediagnose(bundle, { engine: rules, signal });

  expect(conclusion.cause).toMatchObject({ mechanism: "crash" });
});

test("rediagnose() can ask for what was found when the incident was investigated", async () => {
  const line = { atMs: 1600, component: "lamp/2", level: "error", message: "Out", fields: {} };
  const detail = { id: "e1", query: "logs", input: {}, summary: "", value: [], found: { logs: [line] } };
  const asked = { atMs: 0, kind: "asked", summary: "e1 logs", detail } as const;
  const bundle = withSteps(bundleOf(await talk(scripted(LOOKS))), [asked]);
  const seen: unknown[] = [];
  const engine: Engine = {
    id: "test",
    async investigate(_, desk) {
      seen.push((await desk.ask("logs", { component: "lamp/2" }, signal)).value);
      return desk.conclude({ engine: "test" });
    },
  };

  await rediagnose(bundle, { engine, signal });

  expect(seen).toMatchObject([[{ message: "Out" }]]);
});

test.each([
  ["", "it is no JSON or is cut short"],
  ['{"bundle":1,"case":', "it is no JSON or is cut short"],
  ['{"bundle":2}', "its version is 2, expected at most 1"],
  ['{"bundle":1}', "Cannot use case"],
  ['{"bundle":1,"case":{"version":9}}', "its version is 9, expected at most 1"],
  ["[]", "it is no object"],
  ['{"case":{}}', "Cannot use case"],
])("readBundle() refuses %p in clear words", (written, words) => {
  expect(() => readBundle(written)).toThrow(words);
});

function bundleOf({ steps, conclusion, error, spent }: Talk): Bundle {
  const carried = conclusion && admitConclusion(conclusion, evidenceOf(GIVEN), () => true);
  const outcome = carried ? outcomeOf(carried) : messageOf(error);
  const state = carried ? "concluded" : "failed";
  return {
    bundle: 1,
    case: GIVEN,
    investigation: {
      engine: "claude",
      state,
      startedAtMs: 0,
      outcome,
      spent,
      steps: steps.map((step) => ({ atMs: 0, ...step })),
    },
  };
}

async function byRules(given: Bundle["case"]): Promise<Bundle> {
  const steps: NonNullable<Bundle["investigation"]>["steps"][number][] = [];
  const record = (step: Omit<(typeof steps)[number], "atMs">): void => void steps.push({ ...step, atMs: 0 });
  const conclusion = await rediagnose({ bundle: 1, case: given }, { engine: rules, signal, onStep: record });
  const spent = { wallMs: 0, turns: 0, tokens: 0, toolCalls: 0, usd: 0 };
  const investigation = {
    engine: "rules",
    state: "concluded",
    startedAtMs: 0,
    outcome: outcomeOf(conclusion),
    spent,
    steps,
  } as const;
  return { bundle: 1, case: given, investigation };
}

function withSteps(bundle: Bundle, steps: NonNullable<Bundle["investigation"]>["steps"]): Bundle {
  return { ...bundle, ...(bundle.investigation && { investigation: { ...bundle.investigation, steps } }) };
}

function withStep(bundle: Bundle, at: number, change: (detail: object) => unknown): Bundle {
  const steps = bundle.investigation?.steps ?? [];
  return withSteps(
    bundle,
    steps.map((step, index) => (index === at ? { ...step, detail: change(Object(step.detail)) } : step)),
  );
}
