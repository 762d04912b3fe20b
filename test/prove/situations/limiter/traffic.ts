/** Situations of traffic, and those in which nothing is wrong. */

import * as v from "valibot";
import type { Situation } from "../../../../src/trials/situations/situation.ts";
import { drawFrom } from "../draw.ts";
import { drawNode, type LimiterPowers } from "./powers.ts";
import { settingOf } from "./redis.ts";

/** Checks per second of the ordinary traffic. */
const ORDINARY = 300;

/** Far more of the same. */
export const surge: Situation<LimiterPowers> = {
  id: "surge",
  does: "the load is 60 times the usual, for 25 s: 20 times is borne by a machine that has nothing else to do",
  thresholds: { "latency-p99": { latencyMs: 150 }, "node-stalled": { stalledRatio: 0.25 } },
  draw(random) {
    const factor = drawFrom(random, 55, 65);
    return {
      causes: [
        {
          id: "surge",
          components: ["clients/all"],
          mechanisms: ["load-surge"],
          trips: ["latency-p99", "node-stalled", "redis-connected", "node-reachable"],
          signalLagMs: 4000,
          fixedBy: [],
          says: [/checks|requests|load/i],
        },
      ],
      mayTrip: ["counter-drift", "ghost-allowing", "clock-agreement"],
      mostTickets: 8,
      async run({ moreTraffic }, course) {
        await using _more = moreTraffic({ ratePerSecond: ORDINARY * (factor - 1), connections: 500 });
        course.began("surge");
        await course.sleep(25_000);
      },
    };
  },
};

/** Ups and downs that every system has. */
export const healthyBursts: Situation<LimiterPowers> = {
  id: "healthy-bursts",
  does: "nothing is wrong: bursts of three times the usual load, for 40 s",
  draw(random) {
    const everyMs = drawFrom(random, 4000, 7000);
    return {
      causes: [],
      mayTrip: [],
      async run({ moreTraffic }, course) {
        const bursts = { pattern: "burst", ratePerSecond: 150, factor: 4, everyMs, burstMs: 1000 } as const;
        await using _more = moreTraffic({ ...bursts, keys: 200 });
        await course.sleep(40_000);
      },
    };
  },
};

/** What people do in a day, and what passes before its grace. */
export const healthyOperations: Situation<LimiterPowers> = {
  id: "healthy-operations",
  does: "nothing is wrong: a key gets a limit, a node is restarted in good order, another stands still for less than its grace, Redis saves",
  draw(random) {
    const restarted = drawNode(random);
    const paused = `node/${1 + (Number(restarted.slice(5)) % 3)}` as const;
    const pauseMs = drawFrom(random, 300, 900);
    return {
      causes: [],
      mayTrip: [],
      async run({ lab, operator }, course) {
        const limit = {
          method: "PUT",
          path: "/api/limits/rare-key",
          body: { limit: 7 },
          schema: v.looseObject({}),
        } as const;
        await lab.ask(lab.anyNode(), { ...limit, signal: course.signal });
        await course.sleep(5000);
        const { code, stderr } = await operator("restart", restarted, "--reason", "A trial");
        course.must(code === 0, `operator restart exited ${code}: ${stderr.trim()}`);
        await course.sleep(8000);
        await lab.processes.hang(paused);
        await course.sleep(pauseMs);
        await lab.processes.resume(paused);
        await (await lab.redis()).bgsave();
        await course.sleep(12_000);
      },
    };
  },
};

/** What is rare and yet no trouble at Redis: work that takes a moment. */
export const healthyHousekeeping: Situation<LimiterPowers> = {
  id: "healthy-housekeeping",
  does: "nothing is wrong: Redis forgets its scripts, closes idle connections, lists all keys and drops a large one",
  draw(random) {
    // To drop five times as many takes a busy machine longer than nodes wait for Redis.
    const members = drawFrom(random, 20_000, 40_000);
    return {
      causes: [],
      mayTrip: [],
      async run({ lab }, course) {
        const redis = await lab.redis();
        const idleSeconds = await settingOf(redis, "timeout");
        await redis.config("SET", "timeout", "2");
        const fill = "for i = 1, 5000 do redis.call('SADD', KEYS[1], ARGV[1] + i) end";
        for (let at = 0; at < members; at += 5000) await redis.eval(fill, 1, "large", at);
        for (let round = 0; round < 4; round += 1) {
          await redis.script("FLUSH");
          await course.sleep(3000);
          await redis.keys("*");
          await course.sleep(4000);
        }
        await redis.del("large");
        await course.sleep(6000);
        await redis.config("SET", "timeout", idleSeconds);
      },
    };
  },
};

/** A client that sends bad requests, which affect no other client. */
export const rudeClient: Situation<LimiterPowers> = {
  id: "rude-client",
  does: "nothing is wrong: a client sends nonsense, bodies without end and half requests, and holds connections open",
  draw(random) {
    const held = drawFrom(random, 100, 200);
    return {
      causes: [],
      mayTrip: [],
      async run({ lab }, course) {
        const addresses = lab.nodes.map(({ address }) => address);
        const holding = await Promise.all(
          addresses.flatMap((address) => Array.from({ length: held }, () => half(address))),
        );
        for (let round = 0; round < 30; round += 1) {
          await Promise.all(addresses.flatMap((address) => NONSENSE.map((body) => ask(address, body))));
          await course.sleep(1000);
        }
        for (const socket of holding) socket.end();
      },
    };
  },
};

const NONSENSE = ["", "{", "[]", '{"key":null}', '{"key":"a","cost":-1}', "\u0000", "x".repeat(2_000_000)];

async function ask(address: string, body: string): Promise<void> {
  try {
    await (
      await fetch(`http://${address}/check`, {
        method: "POST",
        body,
        headers: { "content-type": "application/json" },
      })
    ).text();
  } catch {
    // A refusal in the middle of what it sends is an answer as well.
  }
}

/** The beginning of a request that never goes on. */
async function half(address: string): Promise<{ end(): void }> {
  const [hostname = "", port] = address.split(":");
  const ignore = (): undefined => undefined;
  const socket = await Bun.connect({ hostname, port: Number(port), socket: { data: ignore, error: ignore } });
  socket.write("POST /check HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n");
  return socket;
}
