/** Resetting one counter. */

import * as v from "valibot";
import { defineAction } from "../../../core/subject/action.ts";
import type { RateLimiterClient } from "../client/client.ts";
import { entityOfKey } from "../keys/keys.ts";
import { LASTING_KEY } from "../keys/lasting-keys.ts";
import { Key } from "./fields.ts";

/** Resets the counter of a key. */
export const resetCounter = defineAction({
  id: "reset-counter",
  description:
    "Reset the counter of one key on every node. Helps when the counter is stuck; clients can then use the whole limit at once.",
  risk: "disruptive",
  input: v.object({ key: Key }),
  fixes: ({ mechanism, component }) => {
    const key = component.labels?.[LASTING_KEY];
    return mechanism === "state-loss" && key !== undefined ? { key } : undefined;
  },
  preview: ({ key }) => ({
    sends: `POST ${pathOf(key)}`,
    expectedEffect: `"${key}" counts from 0 again, and its counter expires`,
    entities: [entityOfKey(key)],
    stops: [],
  }),
  async run(client: RateLimiterClient, { key }, signal) {
    await client.change({ method: "POST", path: pathOf(key) }, signal);
    return `Reset the counter of "${key}"`;
  },
  /** New traffic may have counted since, so the post-condition is only that the counter expires. */
  async postCondition(client, { key }, signal) {
    const [life] = await client.redis.lives([key], signal);
    return life !== undefined && "value" in life && life.value.lifeMs !== -1;
  },
});

function pathOf(key: string): string {
  return `/api/counters/${encodeURIComponent(key)}/reset`;
}
