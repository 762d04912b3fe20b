/** What may be done to the limiter over its own API. */

import type { UnboundAction } from "../../../core/subject/action.ts";
import type { RateLimiterClient } from "../client/client.ts";
import { drainNode, undrainNode } from "./drain.ts";
import { blockKey, unblockKey } from "./key-block.ts";
import { setLimit, unsetLimit } from "./key-limit.ts";
import { resetCounter } from "./reset-counter.ts";
import { rollOutConfig } from "./roll-out-config.ts";

/** All actions of the subject. */
export const actions: readonly UnboundAction<RateLimiterClient>[] = [
  resetCounter,
  setLimit,
  unsetLimit,
  drainNode,
  undrainNode,
  rollOutConfig,
  blockKey,
  unblockKey,
];
