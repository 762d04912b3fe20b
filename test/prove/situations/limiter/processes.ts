/** Situations of processes: they die, hang, die again, and others take their place. */

import type { Situation } from "../../../../src/trials/situations/situation.ts";
import { drawFrom } from "../draw.ts";
import { crashAndHangOf, killedAgainOf, replacedOf } from "../members.ts";
import { type LimiterPowers, NODES, portOf } from "./powers.ts";

/** What follows for others when a node is away. */
const BESIDE = ["latency-p99", "node-stalled"] as const;

const MEMBERS = { members: NODES, away: "node-reachable", mayTrip: [...BESIDE, "redis-connected"] } as const;

/** Two causes at once. */
export const crashAndHang = crashAndHangOf<LimiterPowers>({
  ...MEMBERS,
  id: "crash-and-hang",
  does: "kill -9 of one node and, about a second later, SIGSTOP of another",
});

/** A fix that does not last. */
export const killedAgain = killedAgainOf<LimiterPowers>({
  ...MEMBERS,
  id: "killed-again",
  does: "kill -9 of a node, and again 3 s after it has been started",
});

/** Another node answers in the place of a dead one. */
export const strangerOnPort = replacedOf<LimiterPowers>({
  ...MEMBERS,
  id: "stranger-on-port",
  does: "kill -9 of a node; 1.3 s later one with another limit is started by hand on its port, which ends 12 s later",
  trips: ["component-identity", "node-reachable", "config-agreement"],
  mayTrip: [
    ...MEMBERS.mayTrip,
    "component-identity",
    "config-agreement",
    "counter-drift",
    "ghost-allowing",
    "membership",
  ],
  draw(random) {
    const limit = drawFrom(random, 3, 50);
    return ({ lab, strayNode }, node) =>
      strayNode({ number: Number(node.slice("node/".length)), port: portOf(lab, node), limit });
  },
});

/** A member that nobody expects. */
export const fourthNode: Situation<LimiterPowers> = {
  id: "fourth-node",
  does: "a fourth node with another limit is started by hand and registers; it ends 15 s later",
  draw(random) {
    const limit = drawFrom(random, 3, 50);
    const port = drawFrom(random, 20_000, 30_000);
    return {
      causes: [
        {
          id: "stranger",
          components: ["node/4"],
          mechanisms: ["configuration-change", "wrong-identity"],
          trips: ["membership"],
          signalLagMs: 2000,
          fixedBy: [],
          says: [/unexpected/i],
        },
      ],
      mayTrip: ["config-agreement", ...BESIDE],
      async run({ strayNode }, course) {
        await using _fourth = await strayNode({ number: 4, port, limit });
        course.began("stranger");
        await course.lasts(15_000);
      },
    };
  },
};

/** A node that runs in fits and starts. */
export const stutter: Situation<LimiterPowers> = {
  id: "stutter",
  does: "a node is stopped for 250 of every 500 ms, for 25 s",
  thresholds: { "latency-p99": { latencyMs: 150 }, "node-stalled": { stalledRatio: 0.25 } },
  draw(random) {
    const seed = Math.floor(random() * 2 ** 32);
    return {
      causes: [
        {
          id: "stutter",
          components: ["node/1", "node/2", "node/3"],
          mechanisms: ["hang", "saturation"],
          trips: ["latency-p99", "node-stalled"],
          signalLagMs: 3000,
          fixedBy: [],
          harmless: ["resume-component"],
          says: [/latency/i],
        },
      ],
      mayTrip: ["node-reachable", "redis-connected"],
      async run({ inject }, course) {
        {
          await using _stutter = await inject("node-stutter", seed, course.signal);
          course.began("stutter");
          await course.sleep(25_000);
          const { tickets } = course.record();
          const isOpen = tickets.some(({ ticket }) => ticket.invariant === "latency-p99" && ticket.state === "open");
          course.must(isOpen, "latency-p99 has no open ticket after 25 s of it");
          course.must(
            tickets.every(({ transitions }) => transitions.every(({ change }) => change !== "resolved")),
            "a ticket resolved while it lasted",
          );
        }
      },
    };
  },
};
