import { expect, test } from "bun:test";
import * as v from "valibot";
import { chosenEngine, EngineOptions, unencryptedHost } from "../../../../src/cli/args/flags/engine-flags.ts";

const Schema = v.object(EngineOptions);

test.each([
  [{}, {}, "rules"],
  [{}, { ANTHROPIC_API_KEY: "" }, "rules"],
  [{}, { ANTHROPIC_API_KEY: "k" }, "claude"],
  [{}, { ANTHROPIC_AUTH_TOKEN: "k" }, "claude"],
  [{ apiKey: "k" }, {}, "claude"],
  [{ engine: "rules", apiKey: "k" }, {}, "rules"],
])("chosenEngine() of %j with %j is %s", async (choice, environment, id) => {
  expect((await chosenEngine(v.parse(Schema, choice), environment)).engine.id).toBe(id);
});

test("chosenEngine() takes budgets as they are set, and leaves the others to the engine", async () => {
  const choice = {
    budgetUsd: "0.5",
    budgetUsdPerDay: "3",
    budgetUsdOfAll: "9",
    maxTurns: "4",
    maxTokens: "9k",
    maxToolCalls: "7",
    timeout: "30s",
  };

  const { limits, dayLimits, allUsd } = await chosenEngine(v.parse(Schema, choice), {});

  expect(limits).toEqual({ usd: 0.5, turns: 4, tokens: 9000, toolCalls: 7, wallMs: 30_000 });
  expect(dayLimits).toEqual({ usd: 3 });
  expect(allUsd).toBe(9);
  expect(await chosenEngine(v.parse(Schema, {}), {})).toMatchObject({ limits: {}, dayLimits: {} });
});

test("chosenEngine() refuses claude without a key, and an endpoint in the environment that is none", async () => {
  await expect(chosenEngine(v.parse(Schema, { engine: "claude" }), {})).rejects.toThrow("no key is set");
  await expect(chosenEngine(v.parse(Schema, {}), { ANTHROPIC_BASE_URL: "nowhere" })).rejects.toThrow(
    "ANTHROPIC_BASE_URL",
  );
});

test.each([
  { price: "3" },
  { price: "a/b" },
  { budgetUsd: "-1" },
  { budgetUsd: "much" },
  { maxTurns: "0" },
  { timeout: "5" },
  { baseUrl: "ftp://x" },
])("the flags of an engine refuse %j", (choice) => {
  expect(v.safeParse(Schema, choice).success).toBe(false);
});

test.each([
  [undefined, undefined],
  ["https://gateway.example/v1", undefined],
  ["http://127.0.0.1:8000", undefined],
  ["http://localhost:8000", undefined],
  ["http://[::1]:8000", undefined],
  ["http://10.0.0.5:8000/base", "10.0.0.5:8000"],
  ["http://localhost.example", "localhost.example"],
])("unencryptedHost() of %p is %p", (url, host) => {
  expect(unencryptedHost(url)).toBe(host);
});
