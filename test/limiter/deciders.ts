/** Deciders for tests, connected before they are handed out. */

import type { Decider } from "../../src/limiter/decide/decision.ts";
import { type DeciderOptions, openDecider } from "../../src/limiter/decide/redis/redis-decider.ts";
import { until } from "../until.ts";

/** Opens a decider and waits until Redis answers it. It is patient, for a busy machine, unless told otherwise. */
export async function connectedDecider(
  options: Partial<DeciderOptions> & Pick<DeciderOptions, "redisUrl">,
): Promise<Decider> {
  const decider = openDecider({ onRedisFailure: "local", timeoutMs: 2000, ...options });
  await until(() => decider.health().connected);
  return decider;
}
