import { expect, test } from "bun:test";
import { isObject, parse } from "../../../../src/core/text/parse.ts";
import { BUNDLES, Bundle } from "../../bundles.ts";
import { scripted } from "./brains.ts";
import { type Answer, call, errorOf, type Received, type Script, text } from "./fake-api.ts";
import { CRASH, claimOf, LAMPS, talk } from "./talk.ts";

const HONEST: readonly Answer[] = [
  { content: [text("I look."), call("verdicts", {}), call("changes", {})] },
  { content: [call("propose", { hypotheses: [CRASH] })] },
  { content: [call("conclude", { cause: "LAST", unknowns: ["Who switched it off"] })] },
];

test.each([true, false])(
  "claude investigates, streams %p: looks, proposes, concludes with a checked cause",
  async (streams) => {
    const { conclusion, api, spent, steps } = await talk(scripted(HONEST), { settings: { streams } });

    expect(api.problems).toEqual([]);
    expect(conclusion?.engine).toBe("claude");
    expect(conclusion?.cause).toMatchObject({ component: "lamp/2", mechanism: "crash" });
    expect(conclusion?.cause?.claims.map(({ outcome }) => outcome)).toEqual(["true", "true", "true"]);
    expect(conclusion?.unknowns).toContain("Who switched it off");
    expect(spent).toMatchObject({ turns: 3, toolCalls: 4, tokens: 480 });
    expect(spent.usd).toBeGreaterThan(0);
    const kinds = steps.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === "answered")).toHaveLength(3);
    expect(kinds).toContain("prompted");
  },
);

test("claude holds its conclusion against what the rules found, as the second opinion", async () => {
  const { conclusion } = await talk(scripted(HONEST));

  expect(conclusion?.secondOpinion?.engine).toBe("rules");
});

test("claude marks the cache at the end of the system prompt, of the first message and of the newest, and nowhere else", async () => {
  const { api } = await talk(scripted(HONEST));

  const marks = api.received.map(({ body, messages }) => [
    count(body["system"]),
    count(body["tools"]),
    ...messages.map((message) => count(message)),
  ]);
  expect(marks).toEqual([
    [1, 0, 1],
    [1, 0, 1, 0, 1],
    [1, 0, 1, 0, 0, 0, 1],
  ]);
});

test("claude sends model and effort as they are set, and no sampling parameters or threads", async () => {
  const { api } = await talk(scripted(HONEST), { settings: { model: "claude-haiku-5-5", effort: "low" } });

  expect(api.received[0]?.body).toMatchObject({ model: "claude-haiku-5-5", output_config: { effort: "low" } });
  expect(Object.keys(api.received[0]?.body ?? {}).toSorted()).toEqual(
    ["max_tokens", "messages", "model", "output_config", "stream", "system", "tools"].toSorted(),
  );
});

test("claude sends thinking and its signature back unchanged, and keeps no signature on record", async () => {
  const thought = { type: "thinking", thinking: "Hm: \u00e4\ud83d\udca1", signature: "c2lnbmF0dXJl" };
  const [first, ...rest] = HONEST;
  const script = scripted([{ content: [thought, ...(first?.content ?? [])] }, ...rest]);

  const { api, steps } = await talk(script, { writing: { chunk: 3 } });

  expect(api.problems).toEqual([]);
  expect(api.received[1]?.messages[1]?.["content"]).toContainEqual(thought);
  expect(JSON.stringify(steps)).toContain("Hm: ");
  expect(JSON.stringify(steps)).not.toContain("c2lnbmF0dXJl");
});

test("claude shows each result with an evidence id that a claim can cite, and refuses one that nobody found", async () => {
  const cited = { ...CRASH, claims: [{ ...claimOf("state", "down"), cites: ["e1"] }, claimOf("probe", "refused")] };
  const invented = { ...CRASH, claims: [{ ...claimOf("state", "down"), cites: ["e77"] }] };
  const { conclusion, api } = await talk(
    scripted([
      { content: [call("components", {})] },
      { content: [call("propose", { hypotheses: [invented] })] },
      { content: [call("propose", { hypotheses: [cited] })] },
      { content: [call("conclude", { cause: "LAST" })] },
    ]),
  );

  expect(resultsOf(api.received[1])[0]).toStartWith("Result e1.\n<data>\n");
  expect(resultsOf(api.received[2])[0]).toContain("nothing of that id was found");
  expect(conclusion?.cause?.claims[0]?.cites).toEqual(["e1"]);
});

test("claude has a hypothesis that its claims do not carry repaired before it accepts it", async () => {
  const wrong = { ...CRASH, claims: [claimOf("state", "up")] };
  const { conclusion, api } = await talk(
    scripted([
      { content: [call("propose", { hypotheses: [wrong] })] },
      { content: [call("conclude", { cause: "LAST" })] },
      { content: [call("conclude", {})] },
    ]),
  );

  expect(resultsOf(api.received[2])[0]).toContain("Its claims do not carry");
  expect(conclusion?.cause).toBeUndefined();
  expect(conclusion?.options.flatMap(({ claims }) => claims)).toContainEqual(
    expect.objectContaining({ outcome: "false" }),
  );
});

test("claude shows a large result in part, says where it goes on, and reads the rest by range", async () => {
  const components = Array.from({ length: 300 }, (_, index) => ({
    id: `lamp/${index}` as const,
    kind: "lamp",
    state: "up" as const,
    labels: { room: `room ${index}` },
  }));
  const given = { ...LAMPS, picture: { ...LAMPS.picture, components: [...LAMPS.picture.components, ...components] } };
  let next = 0;
  const { api, conclusion } = await talk(
    (received, index) => {
      if (index === 0) return { content: [call("components", {})] };
      if (index === 2) return { content: [call("conclude", {})] };
      next = Number(/from (\d+)\./.exec(resultsOf(received)[0] ?? "")?.[1]);
      return { content: [call("read", { evidence: "e1", from: next })] };
    },
    { case: given },
  );

  expect(next).toBeGreaterThan(100);
  expect(resultsOf(api.received[1])[0]?.length).toBeLessThan(9500);
  expect(resultsOf(api.received[2])[0]).toContain("Result e2.");
  expect(conclusion?.engine).toBe("claude");
});

test("claude says that a question was asked before, and where the answer is", async () => {
  const { api } = await talk(
    scripted([
      { content: [call("verdicts", {})] },
      { content: [call("verdicts", {})] },
      { content: [call("conclude", {})] },
    ]),
  );

  expect(resultsOf(api.received[2])[0]).toBe("This was asked before: the result is e1. Ask something else.");
});

test("claude concludes from what is written down when a budget is spent, overrun by at most one call", async () => {
  const forever: Script = (_, index) => ({ content: [call("verdicts", { most: index + 1 })] });
  for (const limits of [{ turns: 3 }, { tokens: 500 }, { toolCalls: 3 }, { usd: 0.001 }] as const) {
    const { conclusion, spent, api } = await talk(forever, { limits });

    expect(api.problems).toEqual([]);
    expect(conclusion?.unknowns.some((unknown) => unknown.startsWith("The budget is spent: "))).toBe(true);
    for (const [name, limit] of Object.entries(limits)) {
      const one = { turns: 1, tokens: 160, toolCalls: 1, usd: 0.001, wallMs: 0 };
      const overrun = Object.entries(spent).find(([of]) => of === name)?.[1] ?? 0;
      expect(overrun).toBeLessThanOrEqual(limit + (Object.entries(one).find(([of]) => of === name)?.[1] ?? 0));
    }
  }
});

test("claude whose budget is spent keeps the cause of the rules where the model has not refuted it", async () => {
  const { case: given } = parse(Bundle, await Bun.file(`${BUNDLES}/node-kill.json`).json(), "bundle");
  const forever: Script = (_, index) => ({ content: [call("verdicts", { most: index + 1 })] });
  const refuting: Script = (received, index) =>
    index > 0
      ? forever(received, index)
      : { content: [call("reject", { hypothesis: "h1", because: "Not convincing" })] };

  const kept = await talk(forever, { case: given, limits: { turns: 2 } });
  const refuted = await talk(refuting, { case: given, limits: { turns: 2 } });

  expect(kept.conclusion?.cause).toMatchObject({ mechanism: "crash", verdict: "confirmed" });
  expect(refuted.conclusion?.cause?.mechanism).not.toBe("crash");
  expect(refuted.conclusion?.options.map(({ rejectedBecause }) => rejectedBecause)).toContain("Not convincing");
});

test("claude that fails after the model has shown a cause concludes with that, and says why it went no further", async () => {
  const shown = scripted([{ content: [call("propose", { hypotheses: [CRASH] })] }]);
  const script: Script = (received, index) =>
    index === 0 ? shown(received, 0) : errorOf(401, "authentication_error", "Revoked");

  const { conclusion, error } = await talk(script);

  expect(error).toBeUndefined();
  expect(conclusion?.cause).toMatchObject({ component: "lamp/2", mechanism: "crash" });
  expect(conclusion?.unknowns.join()).toContain("The endpoint refuses the key (401)");
});

test("claude that is out of time concludes from what is written down; one that is told to end ends", async () => {
  const silent: Script = () => new Promise(() => undefined);

  const late = await talk(silent, { signal: AbortSignal.timeout(50) });
  const ended = await talk(silent, { signal: AbortSignal.any([endSoon()]) });

  expect(late.conclusion?.unknowns).toContain("The budget is spent: 600000 ms of wall time");
  expect(ended.conclusion).toBeUndefined();
  expect(ended.error).toBeInstanceOf(Error);
});

function endSoon(): AbortSignal {
  const controller = new AbortController();
  queueMicrotask(() => controller.abort(new Error("Enough")));
  return controller.signal;
}

function resultsOf(received: Received | undefined): readonly string[] {
  const content = received?.messages.at(-1)?.["content"];
  const blocks = Array.isArray(content) ? content.filter(isObject) : [];
  return blocks.flatMap(({ type, content: shown }) => (type === "tool_result" ? [String(shown)] : []));
}

function count(value: unknown): number {
  return (JSON.stringify(value).match(/"cache_control"/g) ?? []).length;
}
