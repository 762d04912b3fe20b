/** Entities that are no longer judged because they are gone permanently. */

import type { EntityId } from "../../core/words/ids.ts";
import { entityOfKey, isKeyEntity } from "./keys/keys.ts";
import type { RateLimiterObservation } from "./observation.ts";
import { REDIS } from "./topology.ts";

/** Whether the entity is a key that is neither heavy nor violated any more, or a server that is no longer a primary of the Cluster. */
export function isRetired(entity: EntityId, { keys, redis }: Pick<RateLimiterObservation, "keys" | "redis">): boolean {
  if (isKeyEntity(entity)) {
    return "value" in keys && keys.value.keys.every(({ key }) => entityOfKey(key) !== entity);
  }
  if (!entity.startsWith("redis/") || entity === REDIS || "failed" in redis) return false;
  return (redis.value.primaries ?? []).every(({ component }) => component !== entity);
}
