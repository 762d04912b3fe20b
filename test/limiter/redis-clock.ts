/** Scripts under test by a clock of the test's own: the call of TIME is replaced, as text, by reading a key. */

import { Redis } from "ioredis";
import { callScript, defineScript, type Script } from "../../src/limiter/decide/redis/scripts.ts";
import { until } from "../until.ts";

/** One check at one time. */
export interface Step {
  /** Microseconds. */
  readonly atUs: number;
  readonly limit: number;
  readonly windowUs: number;
  readonly cost: number;
}

/** What a script answers to one step. */
export interface Answer {
  readonly nowUs: number;
  readonly retryUs: number;
  readonly count: number;
  readonly moreUs: number;
  readonly resetUs: number;
  readonly epochUs: number;
}

const CLOCK = "test:clock";

/** The script with a clock that {@linkcode play} sets. */
export function withTestClock({ source }: Script): Script {
  const replaced = source.replace(/(?:redis\.)?call\('TIME'\)/, `{ 0, redis.call('GET', '${CLOCK}') }`);
  if (replaced === source) throw new Error("Cannot replace the clock of a script: no call of TIME in it");
  return defineScript(replaced);
}

/** Sets the clock of such scripts, in microseconds. */
export async function setClock(client: Redis, atUs: number): Promise<void> {
  await client.set(CLOCK, atUs);
}

/** Connects for a test. */
export async function connectForTest(url: string): Promise<Redis> {
  const client = new Redis(url);
  client.on("error", () => undefined);
  await until(() => client.status === "ready");
  return client;
}

/** Plays steps on one key, one call each. */
export async function play(client: Redis, script: Script, steps: readonly Step[], key = "counter"): Promise<Answer[]> {
  // A call that had to be repeated would come after those that follow it.
  await client.script("LOAD", script.source);
  return await Promise.all(
    steps.map(async ({ atUs, limit, windowUs, cost }) => {
      void client.set(CLOCK, atUs);
      const reply = await callScript(client, script, { keys: [key], args: [limit, windowUs, cost, 1] });
      const [nowUs = 0, retryUs = 0, count = 0, moreUs = 0, resetUs = 0, epochUs = 0] = reply;
      return { nowUs, retryUs, count, moreUs, resetUs, epochUs };
    }),
  );
}
