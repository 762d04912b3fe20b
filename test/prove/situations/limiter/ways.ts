/** Situations of the ways from all nodes to Redis, which itself is as well as ever. */

import type { Situation } from "../../../../src/trials/situations/situation.ts";
import { drawFrom } from "../draw.ts";
import { type LimiterPowers, NODES } from "./powers.ts";
import { ALONE, REDIS } from "./redis.ts";

/** Everybody waits, and not for Redis. */
export const allWaysSlow: Situation<LimiterPowers> = {
  id: "all-ways-slow",
  does: "the ways of all nodes to Redis become slow; Redis itself is as fast as ever",
  thresholds: { "latency-p99": { latencyMs: 65 } },
  draw(random) {
    const delayMs = drawFrom(random, 34, 37);
    return {
      causes: NODES.map((node) => ({
        id: node,
        components: [node],
        mechanisms: ["slow-dependency"],
        trips: ["latency-p99"],
        signalLagMs: 3000,
        fixedBy: ["reconnect-component"],
        // One after the other, and each is verified.
        fixWithinMs: 40_000,
      })),
      mayTrip: ALONE,
      // One of each way, and one of what nodes allowed too much while they decided without Redis.
      incidents: [1, 4],
      async run({ lab: { links } }, course) {
        for (const node of NODES) {
          course.began(node);
          await links.delay(`${node}->${REDIS}`, delayMs);
        }
      },
    };
  },
};

/** Nobody reaches what answers an observer. */
export const allWaysCut: Situation<LimiterPowers> = {
  id: "all-ways-cut",
  does: "all nodes are cut off from Redis within a second; an observer reaches it",
  draw(random) {
    const pauseMs = drawFrom(random, 0, 400);
    return {
      causes: [
        {
          id: "cut",
          components: [REDIS],
          mechanisms: ["partition"],
          trips: ["redis-connected"],
          signalLagMs: 3000,
          fixedBy: ["reconnect-component"],
        },
      ],
      mayTrip: ALONE,
      async run({ lab: { links } }, course) {
        course.began("cut");
        for (const node of NODES) {
          await links.cut(`${node}->${REDIS}`);
          await course.sleep(pauseMs);
        }
      },
    };
  },
};
