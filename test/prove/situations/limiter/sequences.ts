/** Situations in which one trouble follows another, ends by itself, or comes again. */

import type { ExpectedCause, Situation } from "../../../../src/trials/situations/situation.ts";
import { crashOf } from "../causes.ts";
import { drawFrom } from "../draw.ts";
import { drawNode, type LimiterPowers } from "./powers.ts";
import { ALONE, REDIS } from "./redis.ts";

/** What follows for others when a node is away. */
const BESIDE = ["latency-p99", "node-stalled", "redis-connected"] as const;

/** A second cause before the first is fixed, at what the first one needs. */
export const nodeThenRedis: Situation<LimiterPowers> = {
  id: "node-then-redis",
  does: "kill -9 of a node and, about 5 s later, of Redis",
  draw(random) {
    const node = drawNode(random);
    const laterMs = drawFrom(random, 3000, 7000);
    return {
      causes: [
        crashOf("node", node, "node-reachable"),
        { ...crashOf("redis", REDIS, "redis-connected"), signalLagMs: 1500 },
      ],
      mayTrip: [...BESIDE, ...ALONE],
      async run({ lab }, course) {
        course.began("node");
        await lab.processes.kill(node);
        await course.sleep(laterMs);
        course.began("redis");
        await lab.processes.kill(REDIS);
      },
    };
  },
};

/** Nothing serves any more. */
export const allNodesKilled: Situation<LimiterPowers> = {
  id: "all-nodes-killed",
  does: "kill -9 of all nodes within a second",
  draw: () => ({
    causes: NODES.map((node) => crashOf(node, node, "node-reachable")),
    mayTrip: [...BESIDE, ...ALONE],
    incidents: [1, 3],
    async run({ lab }, course) {
      for (const node of NODES) {
        course.began(node);
        await lab.processes.kill(node);
        await course.sleep(300);
      }
    },
  }),
};

/** A hang that is over before anybody is sure of it, and comes back again and again. */
export const comesAndGoes: Situation<LimiterPowers> = {
  id: "comes-and-goes",
  does: "a node is stopped for 4 of every 7 s, six times",
  draw(random) {
    const node = drawNode(random);
    const hungMs = drawFrom(random, 3800, 4400);
    return {
      causes: [
        {
          id: "hang",
          components: [node],
          mechanisms: ["hang"],
          trips: ["node-reachable"],
          signalLagMs: 24_000,
          fixedBy: [],
          harmless: ["resume-component", "restart-component"],
        },
      ],
      mayTrip: BESIDE,
      incidents: [1, 1],
      async run({ lab }, course) {
        course.began("hang");
        for (let times = 0; times < 6; times += 1) {
          await lab.processes.hang(node);
          await course.sleep(hungMs);
          await lab.processes.resume(node);
          await course.sleep(3000);
        }
      },
    };
  },
};

/** Two links of two nodes, one of them cut and the other slow. */
export const cutAndSlow: Situation<LimiterPowers> = {
  id: "cut-and-slow",
  does: "one node is cut off from Redis, and the way of another becomes slow",
  thresholds: { "latency-p99": { latencyMs: 75 } },
  draw(random) {
    const cut = drawNode(random);
    const slow = `node/${1 + (Number(cut.slice(5)) % 3)}` as const;
    const delayMs = drawFrom(random, 36, 40);
    return {
      causes: [
        { ...linkTrouble("cut", cut), mechanisms: ["partition"], trips: ["redis-connected"] },
        { ...linkTrouble("slow", slow), mechanisms: ["slow-dependency"], trips: ["latency-p99"] },
      ],
      mayTrip: ALONE,
      async run({ lab: { links } }, course) {
        course.began("cut");
        await links.cut(`${cut}->${REDIS}`);
        course.began("slow");
        await links.delay(`${slow}->${REDIS}`, delayMs);
      },
    };
  },
};

const NODES = ["node/1", "node/2", "node/3"] as const;

function linkTrouble(id: string, component: ExpectedCause["components"][number]) {
  return { id, components: [component], signalLagMs: 3000, fixedBy: ["reconnect-component"] };
}
