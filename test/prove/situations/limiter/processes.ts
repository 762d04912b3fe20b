/** Situations of processes: they die, hang, die again, and others take their place. */

import type { Situation } from "../../../../src/trials/situations/situation.ts";
import { drawFrom, drawNode, type LimiterPowers, portOf } from "./powers.ts";

/** What follows for others when a node is away. */
const BESIDE = ["latency-p99", "node-stalled"] as const;

/** Two causes at once. */
export const crashAndHang: Situation<LimiterPowers> = {
  id: "crash-and-hang",
  does: "kill -9 of one node and, about a second later, SIGSTOP of another",
  draw(random) {
    const crashed = drawNode(random);
    const hung = `node/${1 + (Number(crashed.slice(5)) % 3)}` as const;
    const pauseMs = drawFrom(random, 500, 1500);
    return {
      causes: [
        {
          id: "crash",
          components: [crashed],
          mechanisms: ["crash"],
          trips: ["node-reachable"],
          signalLagMs: 0,
          fixedBy: ["start-component"],
        },
        {
          id: "hang",
          components: [hung],
          mechanisms: ["hang"],
          trips: ["node-reachable"],
          signalLagMs: 1500,
          fixedBy: ["resume-component"],
        },
      ],
      mayTrip: [...BESIDE, "redis-connected"],
      async run({ lab }, course) {
        course.began("crash");
        await lab.processes.kill(crashed);
        await course.sleep(pauseMs);
        course.began("hang");
        await lab.processes.hang(hung);
      },
    };
  },
};

/** A fix that does not last. */
export const killedAgain: Situation<LimiterPowers> = {
  id: "killed-again",
  does: "kill -9 of a node, and again 3 s after it has been started",
  draw(random) {
    const node = drawNode(random);
    const laterMs = drawFrom(random, 2500, 3500);
    const crash = { components: [node], mechanisms: ["crash"], signalLagMs: 0, fixedBy: ["start-component"] } as const;
    return {
      causes: [
        { ...crash, id: "crash", trips: ["node-reachable"] },
        { ...crash, id: "again", trips: [], says: [/went down|exited|died|killed/i] },
      ],
      mayTrip: [...BESIDE, "redis-connected"],
      incidents: [1, 1],
      async run({ lab }, course) {
        course.began("crash");
        await lab.processes.kill(node);
        const isUp = async (): Promise<boolean> =>
          (await lab.processes.list()).some(({ id, state }) => id === node && state === "running");
        course.must(await course.until(isUp, 30_000), `${node} is not started again`);
        await course.sleep(laterMs);
        course.began("again");
        await lab.processes.kill(node);
      },
    };
  },
};

/** Somebody else answers in the place of a dead node. */
export const strangerOnPort: Situation<LimiterPowers> = {
  id: "stranger-on-port",
  does: "kill -9 of a node; 1.3 s later one with another limit is started by hand on its port, which ends 12 s later",
  draw(random) {
    const node = drawNode(random);
    const limit = drawFrom(random, 3, 50);
    return {
      causes: [
        {
          id: "stranger",
          components: [node],
          mechanisms: ["wrong-identity"],
          trips: ["component-identity", "node-reachable", "config-agreement"],
          signalLagMs: 1000,
          fixedBy: [],
          says: [/something else answers|another process|answers (?:there|in its place|at its address)/i],
        },
        {
          id: "crash",
          components: [node],
          mechanisms: ["crash"],
          trips: ["node-reachable"],
          signalLagMs: 0,
          fixedBy: ["start-component"],
        },
      ],
      mayTrip: [
        ...BESIDE,
        "component-identity",
        "config-agreement",
        "redis-connected",
        "counter-drift",
        "ghost-allowing",
        "membership",
      ],
      incidents: [1, 2],
      async run({ lab, strayNode }, course) {
        course.began("crash");
        await lab.processes.kill(node);
        await course.sleep(1300);
        {
          await using _stranger = await strayNode({ number: Number(node.slice(5)), port: portOf(lab, node), limit });
          course.began("stranger");
          await course.sleep(12_000);
        }
        course.fixable("crash");
      },
    };
  },
};

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
