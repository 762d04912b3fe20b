/** Situations of Redis: it runs out of memory, refuses, forgets, is slow, and holds writes back. */

import { ActionError } from "../../../../src/core/text/errors.ts";
import type { RedisClient } from "../../../../src/io/redis.ts";
import type { Situation } from "../../../../src/trials/situations/situation.ts";
import { drawFrom } from "../draw.ts";
import { type LimiterPowers } from "./powers.ts";

/** What all nodes share. */
export const REDIS = "redis/main";

/** What follows for the nodes when Redis does not serve them. */
export const ALONE = [
  "redis-connected",
  "counter-drift",
  "ghost-allowing",
  "latency-p99",
  "config-agreement",
  "clock-agreement",
  "membership",
] as const;

/** A second cause at the same component, however long the first has lasted. */
export const memoryThenCrash: Situation<LimiterPowers> = {
  id: "memory-then-crash",
  does: "Redis gets maxmemory 1 MiB with noeviction for 30 s, then kill -9 of Redis",
  draw(random) {
    const lastsMs = drawFrom(random, 28_000, 34_000);
    return {
      causes: [
        {
          id: "memory",
          components: [REDIS],
          mechanisms: ["resource-exhaustion"],
          trips: ["redis-connected", "ghost-allowing"],
          signalLagMs: 3000,
          fixedBy: [],
          says: [/\bOOM\b|out of memory/],
        },
        {
          id: "crash",
          components: [REDIS],
          mechanisms: ["crash"],
          trips: [],
          signalLagMs: 1500,
          fixedBy: ["start-component"],
        },
      ],
      mayTrip: ALONE,
      incidents: [1, 2],
      async run({ lab }, course) {
        const redis = await lab.redis();
        await redis.config("SET", "maxmemory-policy", "noeviction");
        await redis.config("SET", "maxmemory", "1mb");
        course.began("memory");
        await course.sleep(lastsMs);
        course.began("crash");
        await lab.processes.kill(REDIS);
      },
    };
  },
};

/** An answer that refuses is an answer. */
export const accessRefused: Situation<LimiterPowers> = {
  id: "access-refused",
  does: "Redis gets another password and all its clients are killed; 20 s later it has the old one again",
  draw(random) {
    const lastsMs = drawFrom(random, 18_000, 24_000);
    return {
      causes: [
        {
          id: "refused",
          components: [REDIS],
          mechanisms: ["refused-access"],
          trips: ["redis-connected"],
          signalLagMs: 2000,
          fixedBy: [],
          says: [/NOAUTH|WRONGPASS/],
        },
      ],
      mayTrip: [...ALONE, "answers-probes"],
      async run({ lab }, course) {
        const redis = await lab.redis();
        const password = await settingOf(redis, "requirepass");
        await redis.config("SET", "requirepass", `${password}-other`);
        await redis.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
        course.began("refused");
        await course.lasts(lastsMs);
        await redis.config("SET", "requirepass", password);
      },
    };
  },
};

/** A setting of Redis as it is now. */
export async function settingOf(redis: RedisClient, name: string): Promise<string> {
  const reply: unknown = await redis.config("GET", name);
  const value: unknown = Array.isArray(reply) ? reply[1] : undefined;
  if (typeof value === "string") return value;
  throw new ActionError(`Cannot read "${name}" of Redis, expected CONFIG GET to answer it`);
}

/** What is counted is lost again and again. */
export const flushed: Situation<LimiterPowers> = {
  id: "flushed",
  does: "FLUSHALL every 2 s for 30 s, while keys are asked for over their limit",
  draw(random) {
    const rounds = drawFrom(random, 13, 17);
    return {
      causes: [
        {
          id: "flushed",
          components: [REDIS],
          mechanisms: ["state-loss"],
          trips: ["ghost-allowing"],
          signalLagMs: 6000,
          fixedBy: [],
          harmless: ["roll-out-config"],
          says: [/flushall|lost/i],
        },
      ],
      mayTrip: ["config-agreement", "counter-drift", "membership", "clock-agreement", "latency-p99"],
      async run({ lab }, course) {
        const redis = await lab.redis();
        course.began("flushed");
        for (let round = 0; round < rounds; round += 1) {
          await redis.flushall();
          await course.sleep(2000);
        }
      },
    };
  },
};

/** Where nobody asks any more, nothing is known. */
export const slowThenSilent: Situation<LimiterPowers> = {
  id: "slow-then-silent",
  does: "Redis is slow; 15 s later all clients stop asking, for 20 s; then it is fast and they ask again",
  thresholds: { "latency-p99": { latencyMs: 75 } },
  draw(random) {
    const seed = Math.floor(random() * 2 ** 32);
    const silentMs = drawFrom(random, 18_000, 24_000);
    return {
      causes: [
        {
          id: "slow",
          components: [REDIS],
          mechanisms: ["slow-dependency"],
          trips: ["latency-p99"],
          signalLagMs: 3000,
          fixedBy: [],
          says: [/latency/i],
        },
      ],
      mayTrip: ["redis-connected", "counter-drift", "ghost-allowing", "node-stalled"],
      async run({ inject, traffic }, course) {
        {
          await using _slow = await inject("redis-slow", seed, course.signal);
          course.began("slow");
          await course.sleep(15_000);
          await traffic(false);
          await course.sleep(silentMs);
          const { incidents, tickets } = course.record();
          const isOpen = incidents.length > 0 && incidents.every(({ incident }) => incident.state !== "resolved");
          course.must(isOpen, "its incident was resolved, or there was none, while nobody asked");
          const latency = tickets.filter(({ ticket }) => ticket.invariant === "latency-p99");
          course.must(
            latency.every(({ ticket }) => ticket.state === "open"),
            "a latency ticket resolved without traffic",
          );
        }
        await traffic(true);
      },
    };
  },
};

/** Reads pass and writes do not. */
export const pausedWrites: Situation<LimiterPowers> = {
  id: "paused-writes",
  does: "Redis holds every write back for 40 s, under 500 checks per second",
  draw(random) {
    const pauseMs = drawFrom(random, 38_000, 42_000);
    return {
      causes: [
        {
          id: "paused",
          components: [REDIS],
          mechanisms: ["hang"],
          trips: ["redis-connected"],
          signalLagMs: 2500,
          fixedBy: [],
        },
      ],
      mayTrip: ALONE,
      mostTickets: 8,
      async run({ lab, moreTraffic }, course) {
        await using _more = moreTraffic({ ratePerSecond: 200 });
        await (await lab.redis()).call("CLIENT", "PAUSE", String(pauseMs), "WRITE");
        course.began("paused");
        await course.sleep(pauseMs - 5000);
        const [first] = course.record().incidents;
        course.must(
          first?.incident.title.includes(REDIS) ?? false,
          `the incident is titled "${first?.incident.title}"`,
        );
        await course.sleep(5000);
      },
    };
  },
};
