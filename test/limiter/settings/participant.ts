/** Shared settings of one node without the node, over a real Redis. */

import { connectRedis, type RedisClient } from "../../../src/io/redis.ts";
import { SettingsState } from "../../../src/limiter/settings/settings-state.ts";
import { openSharedSettings, type SharedSettings } from "../../../src/limiter/settings/shared-settings.ts";
import { silence } from "../services.ts";

/** One that takes part in the shared settings. */
export interface Participant extends AsyncDisposable {
  readonly redis: RedisClient;
  readonly shared: SharedSettings;
  readonly state: SettingsState;
  /** What changed, call by call; `undefined` for everything. */
  readonly told: (readonly string[] | undefined)[];
}

/** What it knows beforehand, and where its Redis is. */
export type Known = Parameters<SettingsState["merge"]>[0] | undefined;

/** Takes part, and has read what is shared. */
export async function participate(redisUrl: string, known?: Known): Promise<Participant> {
  const redis = connectRedis(redisUrl, { commandTimeoutMs: Number.POSITIVE_INFINITY });
  const state = new SettingsState({ node: 2, algorithm: "sliding-window", limit: 100, windowMs: 60_000 });
  if (known) state.merge(known);
  const told: (readonly string[] | undefined)[] = [];
  const shared = await openSharedSettings({
    redisUrl,
    redis,
    state,
    onChange: (names) => told.push(names),
    log: silence,
    pollMs: 50,
  });
  return {
    redis,
    shared,
    state,
    told,
    async [Symbol.asyncDispose]() {
      await shared[Symbol.asyncDispose]();
      redis.disconnect();
    },
  };
}
