/** Examines a few keys closely: those tracked, the heaviest, and those that already look wrong. */

import { ProbeError } from "../../../core/text/errors.ts";
import { demandOf } from "../keys/demand.ts";
import { keysOf, worthALook } from "../keys/keys.ts";
import { seenBy, suspectsOf } from "../keys/suspects.ts";
import { probe } from "../observation.ts";
import { examineKeys } from "./examine-keys.ts";

/** Readings of these keys on nodes and in Redis, and components that recently did something that loses counts. */
export const keys = probe("keys", {
  everyMs: 500,
  timeoutMs: ({ timeoutMs }) => 2 * timeoutMs + 500,
  after: ["nodes", "redis", "lasting"],
  async read(client, { previous, tracked, readings, atMs, signal }) {
    const { redis, lasting } = readings;
    if ("failed" in readings.nodes)
      throw new ProbeError(readings.nodes.failed, { outcome: readings.nodes.outcome, word: readings.nodes.word });
    const nodes = readings.nodes.value;
    if ("failed" in redis && nodes.every(({ health }) => "failed" in health)) {
      throw new ProbeError(redis.failed, { outcome: redis.outcome, word: redis.word });
    }
    const demand = demandOf(nodes.map(({ admissions }) => admissions));
    const given = [
      ...keysOf(tracked),
      ...("value" in lasting ? lasting.value.keys : []),
      ...("value" in demand ? demand.value.heaviest.map(({ key }) => key) : []),
    ];
    const last = previous?.value.keys.map(({ key }) => key) ?? [];
    const names = worthALook({ nodes, given, last });
    const examined = await examineKeys(client, { keys: names, nodes, redis, signal });
    const before = previous?.value;
    const suspects = suspectsOf(before?.suspects ?? [], before?.seen, { atMs, nodes, redis });
    return { ...examined, demand, suspects, seen: seenBy({ nodes, redis }, before?.seen) };
  },
});
