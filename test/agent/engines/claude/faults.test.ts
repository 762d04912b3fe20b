/** The fault matrix: every way in which a Messages API is known to fail, streaming and not; streams alone are in the file beside. */

import { describe, expect, test } from "bun:test";
import { ModelError } from "../../../../src/agent/engines/claude/model-error.ts";
import { type Answer, call, errorOf, inTurn, messageOf, type Script, streamOf, text } from "./fake-api.ts";
import { talk } from "./talk.ts";

const DONE: Answer = { content: [call("conclude", {}, "toolu_done")] };
const LOOK: Answer = { content: [text("Ünïcode 💡 text."), call("verdicts", {}, "toolu_look")] };

/** Fails so often, then answers. */
function failing(times: number, failure: () => Response): Script {
  return (_, index) => (index < times ? failure() : DONE);
}

const overloaded = () => errorOf(529, "overloaded_error", "Overloaded");

describe.each([true, false])("streams %p", (streams) => {
  const settings = { streams };

  test.each([408, 409, 429, 500, 502, 503, 504, 529])(
    "claude asks again after %p, and pays for no turn",
    async (status) => {
      const { conclusion, pauses, spent, api } = await talk(
        failing(2, () => errorOf(status, "api_error", "Not now")),
        { settings },
      );

      expect(conclusion?.engine).toBe("claude");
      expect(pauses).toEqual([500, 1000]);
      expect(spent.turns).toBe(1);
      expect(api.received).toHaveLength(3);
    },
  );

  test.each([
    [400, "answers 400"],
    [401, "refuses the key (401)"],
    [402, "no credit (402)"],
    [403, "may not do this (403)"],
    [404, 'knows no model "claude-opus-5-5"'],
    [413, "too large for the endpoint (413)"],
    [422, "answers 422"],
  ])("claude asks once where the answer is %p, and says why", async (status, words) => {
    const { error, api, steps } = await talk(() => errorOf(status, "invalid_request_error", "No such thing"), {
      settings,
    });

    expect(error).toBeInstanceOf(ModelError);
    expect(String(error)).toContain(words);
    expect(String(error)).toContain("No such thing");
    expect(api.received).toHaveLength(1);
    expect(steps.at(-1)).toMatchObject({ kind: "stopped" });
  });

  test.each([
    [{ "retry-after": "2" }, [2000]],
    [{ "retry-after-ms": "700" }, [700]],
    [{ "retry-after": "Thu, 01 Jan 1970 00:00:00 GMT" }, [0]],
    [{ "retry-after": "soon" }, [500]],
    [{}, [500]],
  ])("claude waits as long as %p asks for", async (headers: Record<string, string>, expected) => {
    const { pauses } = await talk(
      failing(1, () => errorOf(429, "rate_limit_error", "Slow down", headers)),
      { settings },
    );

    expect(pauses).toEqual(expected);
  });

  test("claude does not wait for what is due after its time is up", async () => {
    const { error, pauses } = await talk(() => errorOf(429, "rate_limit_error", "Later", { "retry-after": "3600" }), {
      settings,
    });

    expect(pauses).toEqual([]);
    expect(String(error)).toContain("after the time is up");
  });

  test("claude gives up on an endpoint that stays overloaded, within its time", async () => {
    const { error, pauses, api } = await talk(overloaded, { settings });

    expect(String(error)).toContain("overloaded (529)");
    expect(String(error)).toContain("asked 8 times");
    expect(pauses.at(-1)).toBe(30_000);
    expect(pauses.reduce((a, b) => a + b, 0)).toBeLessThan(600_000);
    expect(api.received).toHaveLength(8);
  });

  test("claude obeys x-should-retry, either way", async () => {
    const never = await talk(() => errorOf(529, "overloaded_error", "No", { "x-should-retry": "false" }), { settings });
    const again = await talk(
      failing(1, () => errorOf(400, "invalid", "Yes", { "x-should-retry": "true" })),
      { settings },
    );

    expect(never.api.received).toHaveLength(1);
    expect(again.conclusion?.engine).toBe("claude");
  });

  test("claude names an endpoint that nobody listens on, after trying again", async () => {
    const { error, pauses } = await talk(() => DONE, { settings: { ...settings, baseUrl: "http://127.0.0.1:1" } });

    expect(String(error)).toContain("Cannot reach 127.0.0.1:1");
    expect(pauses).toEqual([500, 1000, 2000]);
  });

  test.each([
    ["text/html", "<html>Sign in</html>", "answers text/html"],
    ["text/plain", "ok", "answers text/plain"],
    ["application/json", '{"object":"chat.completion"}', "JSON that is no message"],
    ["application/json", '"hello"', "JSON that is no message"],
  ])("claude says of %p that it is no Messages API", async (type, body, words) => {
    const { error, api } = await talk(() => new Response(body, { headers: { "content-type": type } }), { settings });

    expect(String(error)).toContain(words);
    expect(api.received).toHaveLength(1);
  });

  test.each(['{"type":"message","content":[', ""])(
    "claude asks again after JSON that is cut short: %p",
    async (body) => {
      const { conclusion } = await talk(
        failing(1, () => new Response(body, { headers: { "content-type": "application/json" } })),
        { settings },
      );

      expect(conclusion?.engine).toBe("claude");
    },
  );

  test("claude reads an answer by what it is, whatever was asked for", async () => {
    const other = streams ? Response.json(messageOf(DONE)) : streamOf(DONE);

    expect((await talk(() => other, { settings })).conclusion?.engine).toBe("claude");
  });

  test("claude answers two calls of one turn in their order, and renames an id that comes twice", async () => {
    const { api } = await talk(
      inTurn([{ content: [call("verdicts", {}, "toolu_1"), call("components", {}, "toolu_1")] }, DONE]),
      { settings },
    );

    expect(api.problems).toEqual([]);
    expect(idsOf(api.received[1]?.messages.at(-1))).toEqual(["toolu_1", "toolu_1-2"]);
  });

  test.each([
    ["an unknown tool", call("reboot", {}), "Cannot find query"],
    ["wrong types", call("logs", { component: 7 }), "Cannot use input of query"],
    ["no object", call("logs", [1]), "not a JSON object"],
    ["too much", call("logs", { component: "x".repeat(1_000_000) }), "longer than 32000 characters"],
    [
      "a claim of no kind",
      call("claim", { hypothesis: "h1", claim: { side: "for", predicate: { kind: "vibes" } } }),
      "Cannot use input",
    ],
  ])("claude answers a call with %s by what is wrong with it", async (_, wrong, words) => {
    const { api, conclusion } = await talk(inTurn([{ content: [wrong] }, DONE]), { settings });

    expect(api.problems).toEqual([]);
    expect(JSON.stringify(api.received[1]?.messages.at(-1))).toContain(words);
    expect(conclusion?.engine).toBe("claude");
  });

  test.each(["end_turn", "max_tokens", "stop_sequence", "pause_turn", "unheard_of"])(
    "claude runs no tool of an answer that ended by %s, and goes on",
    async (stop) => {
      const { api, steps, conclusion } = await talk(inTurn([{ ...LOOK, stop }, DONE]), { settings });

      expect(api.problems).toEqual([]);
      expect(steps.some(({ kind }) => kind === "asked")).toBe(false);
      expect(JSON.stringify(api.received[1]?.messages.at(-1))).toContain("Not run");
      expect(conclusion?.engine).toBe("claude");
    },
  );

  test.each([
    ["nothing", { content: [] }],
    ["empty text", { content: [text("  ")] }],
    ["text alone", { content: [text("It is DNS.")] }],
    ["a block of no known kind", { content: [{ type: "server_tool_use", id: "x", name: "web", input: {} }] }],
  ])("claude asks for a conclusion after an answer of %s, and gives up after three", async (_, empty) => {
    const { api, error } = await talk(() => ({ ...empty, stop: "end_turn" }), { settings });

    expect(api.problems).toEqual([]);
    expect(api.received).toHaveLength(3);
    expect(JSON.stringify(api.received[1]?.messages)).toContain("No conclusion was called");
    expect(String(error)).toContain("brought nothing in 3 turns");
  });

  test("claude says of a refusal that it is one, with its category", async () => {
    const refusal = { content: [], stop: "refusal", details: { type: "refusal", category: "cyber" } };

    const { error, spent } = await talk(() => refusal, { settings });

    expect(String(error)).toContain("refuses to answer (category cyber)");
    expect(spent.turns).toBe(1);
  });

  test("claude ends when the context of the model is full", async () => {
    const { error } = await talk(() => ({ content: [text("…")], stop: "model_context_window_exceeded" }), { settings });

    expect(String(error)).toContain("context of the model is full");
  });

  test.each([
    ["none", null, 100],
    ["a text", "many", 100],
    ["zero", { input_tokens: 0, output_tokens: 0 }, 0],
    ["less than none", { input_tokens: -5, output_tokens: 3 }, 3],
  ])("claude charges a turn whose usage is %s: by its length where nobody says", async (_, usage, least) => {
    const { spent } = await talk(() => ({ ...DONE, usage }), { settings });

    expect(spent.tokens).toBeGreaterThanOrEqual(least);
    expect(spent.tokens).toBeLessThan(50_000);
  });

  test("claude stops after one turn whose usage is huge", async () => {
    const huge = { input_tokens: 1e12, output_tokens: 1 };

    const { api, conclusion } = await talk(() => ({ ...LOOK, usage: huge }), { settings });

    expect(api.received).toHaveLength(1);
    expect(conclusion?.unknowns.join()).toContain("The budget is spent");
  });

  test.each([
    ["out of range", { confidence: 7 }, "confidence"],
    ["of a wrong type", { unknowns: "nothing" }, "unknowns"],
    ["of an unknown hypothesis", { cause: "h99" }, "Cannot find hypothesis"],
    ["of an unknown component", { affected: ["lamp/77"] }, "Cannot find component"],
  ])("claude has a conclusion %s repaired", async (_, wrong, words) => {
    const { api, conclusion } = await talk(inTurn([{ content: [call("conclude", wrong)] }, DONE]), { settings });

    expect(JSON.stringify(api.received[1]?.messages.at(-1))).toContain(words);
    expect(conclusion?.engine).toBe("claude");
  });
});

function idsOf(message: Record<string, unknown> | undefined): readonly unknown[] {
  const content = message?.["content"];
  return Array.isArray(content)
    ? content.flatMap((block) => (block.type === "tool_result" ? [block.tool_use_id] : []))
    : [];
}
