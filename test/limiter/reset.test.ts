/** A reset is obeyed by every node, whatever it admitted by itself before, and whether Redis still knows the key. */

import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Decider } from "../../src/limiter/decide/decision.ts";
import { startRedis } from "../redis-server.ts";
import { until } from "../until.ts";
import { checkOf } from "./checks.ts";
import { connectedDecider } from "./deciders.ts";

setDefaultTimeout(60_000);

const server = await startRedis();
afterAll(() => server[Symbol.asyncDispose]());

const open = (): Promise<Decider> => connectedDecider({ redisUrl: server.url, timeoutMs: 300 });

async function takeAll(decider: Decider, key: string): Promise<void> {
  for (let unit = 0; unit < 5; unit++) await decider.check(ruleOf(key));
}

function ruleOf(key: string) {
  return checkOf({ key, windowMs: 60_000 });
}

describe("reset() is obeyed", () => {
  test("by a node that was alone lately, and that hears of it", async () => {
    await using one = await open();
    await using other = await open();
    await takeAll(one, "alone lately");
    server.hang();
    await until(async () => (await one.check(ruleOf("elsewhere"))).source === "local");
    server.resume();
    await until(() => one.health().connected && other.health().connected);

    await other.reset("alone lately");
    one.obeyReset("alone lately");

    const answers = [await one.check(ruleOf("alone lately")), await other.check(ruleOf("alone lately"))];
    expect(answers.map(({ allowed, source }) => [allowed, source])).toEqual([
      [true, "redis"],
      [true, "redis"],
    ]);
  });

  test("by the node that was alone, where Redis has forgotten the key", async () => {
    await using one = await open();
    await server.kill();
    await until(() => !one.health().connected);
    await takeAll(one, "forgotten");
    const before = await one.check(ruleOf("forgotten"));
    await server.restart();
    await until(() => one.health().connected);

    await one.reset("forgotten");

    const after = await one.check(ruleOf("forgotten"));
    expect([before.allowed, after.allowed, after.source]).toEqual([false, true, "redis"]);
  });

  test("by a node that is alone when it hears of it", async () => {
    await using one = await open();
    await server.kill();
    await until(() => !one.health().connected);
    await takeAll(one, "alone");

    one.obeyReset("alone");

    expect(await one.check(ruleOf("alone"))).toMatchObject({ allowed: true, source: "local" });
    await server.restart();
  });
});
