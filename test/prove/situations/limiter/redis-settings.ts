/** Situations in which Redis runs and does not do what nodes ask: it is full, busy, forbidden to, or not what it was. */

import { mkdirSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { connectRedis, type RedisClient } from "../../../../src/io/redis.ts";
import { eventually } from "../../../../src/subjects/ratelimiter/lab/eventually.ts";
import type { Drawn, ExpectedCause, Situation } from "../../../../src/trials/situations/situation.ts";
import { drawFrom } from "../draw.ts";
import { type LimiterPowers } from "./powers.ts";
import { ALONE, REDIS, settingOf } from "./redis.ts";

/** It takes no connection beyond those that it has. */
export const tooManyClients: Situation<LimiterPowers> = {
  id: "too-many-clients",
  does: "Redis gets maxclients 1 and all its clients are killed; 20 s later it takes as many as before",
  draw: (random) =>
    whileRedis(drawFrom(random, 18_000, 24_000), {
      mechanisms: ["resource-exhaustion", "refused-access"],
      says: [/max(?:imum)? number of clients|max-clients|maxclients/i],
      async set(redis) {
        const most = await settingOf(redis, "maxclients");
        await redis.config("SET", "maxclients", "1");
        await redis.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
        return () => redis.config("SET", "maxclients", most);
      },
    }),
};

/** Nodes may read, and may not run the scripts by which they decide. */
export const scriptsForbidden: Situation<LimiterPowers> = {
  id: "scripts-forbidden",
  does: "an ACL forbids the default user of Redis to run scripts; 20 s later it may again",
  draw: (random) =>
    whileRedis(drawFrom(random, 18_000, 24_000), {
      mechanisms: ["refused-access"],
      says: [/NOPERM/],
      async set(redis) {
        await redis.call("ACL", "SETUSER", "default", "-@scripting");
        return () => redis.call("ACL", "SETUSER", "default", "+@scripting");
      },
    }),
};

/** It becomes a replica of a server that does not exist, and answers reads. */
export const becameReplica: Situation<LimiterPowers> = {
  id: "became-replica",
  does: "Redis is told to be a replica of a server that is not there; 20 s later it is a primary again",
  draw: (random) =>
    whileRedis(drawFrom(random, 18_000, 24_000), {
      mechanisms: ["configuration-change"],
      says: [/READONLY|replica/i],
      async set(redis) {
        await redis.call("REPLICAOF", "127.0.0.1", "1");
        return () => redis.call("REPLICAOF", "NO", "ONE");
      },
    }),
};

/** It cannot write its snapshot, and so takes no writes. */
export const snapshotFails: Situation<LimiterPowers> = {
  id: "snapshot-fails",
  does: "Redis is told to save snapshots and cannot: something lies where the file should be; it refuses writes for 20 s",
  draw: (random) =>
    whileRedis(drawFrom(random, 18_000, 24_000), {
      mechanisms: ["resource-exhaustion"],
      says: [/MISCONF/],
      async set(redis) {
        const file = join(await settingOf(redis, "dir"), await settingOf(redis, "dbfilename"));
        rmSync(file, { force: true });
        mkdirSync(file);
        await redis.config("SET", "save", "3600 1");
        await redis.bgsave();
        return async () => {
          rmdirSync(file);
          await redis.config("SET", "save", "");
          await redis.bgsave();
        };
      },
    }),
};

/** Its memory fills up over a quarter of a minute. */
export const memoryGrows: Situation<LimiterPowers> = {
  id: "memory-grows",
  does: "another client fills the memory of Redis bit by bit, until there is none left for 18 s",
  draw(random) {
    const steps = drawFrom(random, 12, 18);
    return {
      causes: [onRedis("memory", { mechanisms: ["resource-exhaustion"], says: [/\bOOM\b|out of memory/] })],
      mayTrip: ALONE,
      async run({ lab }, course) {
        const redis = await lab.redis();
        const used = Number(/used_memory:(\d+)/.exec(await redis.info("memory"))?.[1]);
        await redis.config("SET", "maxmemory-policy", "noeviction");
        await redis.config("SET", "maxmemory", String(used + steps * STEP_BYTES));
        for (let step = 0; step < steps; step += 1) {
          // An entry takes more than its bytes: it is full, and the trouble begins, some steps before the last.
          if (!(await fill(redis, { from: step * STEP_ENTRIES, to: (step + 1) * STEP_ENTRIES }))) break;
          await course.sleep(1000);
        }
        // The last bit: what is refused while it is sent leaves room for what is smaller.
        await fill(redis, { from: steps * STEP_ENTRIES, to: (steps + 2) * STEP_ENTRIES });
        course.began("memory");
        await course.lasts(18_000);
        await redis.config("SET", "maxmemory", "0");
        await redis.del(...Array.from({ length: (steps + 2) * STEP_ENTRIES }, (_, at) => fillerName(at)));
      },
    };
  },
};

/** One script keeps it from everything else. */
export const busyScript: Situation<LimiterPowers> = {
  id: "busy-script",
  does: "a script of another client keeps Redis busy for 20 s",
  draw: (random) => {
    const busyMs = drawFrom(random, 18_000, 24_000);
    return whileRedis(busyMs, {
      mechanisms: ["hang", "saturation", "slow-dependency"],
      harmless: ["resume-component"],
      says: [],
      async set(_redis, url) {
        const other = connectRedis(url, { commandTimeoutMs: busyMs * 2 });
        await eventually(async () => other.status === "ready");
        const ended = other
          .eval(BUSY, 0, busyMs)
          .catch(() => undefined)
          .finally(() => other.disconnect());
        return () => ended;
      },
    });
  },
};

/** Slow at first by nothing that anybody would notice. */
export const slowlySlower: Situation<LimiterPowers> = {
  id: "slowly-slower",
  does: "another client keeps Redis busy for more and more of the time, over half a minute, and then for 20 s",
  thresholds: { "latency-p99": { latencyMs: 75 } },
  draw(random) {
    const mostMs = drawFrom(random, 76, 84);
    const slow = { mechanisms: ["slow-dependency", "saturation"], says: [/latency/i] } as const;
    return {
      causes: [{ ...onRedis("slow", slow), trips: ["latency-p99"], signalLagMs: 40_000 }],
      mayTrip: ALONE,
      async run({ lab }, course) {
        const other = connectRedis(lab.redisUrl, { commandTimeoutMs: 5000 });
        await eventually(async () => other.status === "ready");
        course.began("slow");
        for (let round = 0; round < 500; round += 1) {
          await other.eval(BUSY, 0, Math.min(mostMs, 10 + round / 4)).catch(() => undefined);
          await course.sleep(20);
        }
        other.disconnect();
      },
    };
  },
};

/** It answers about as late as nodes wait for it at most, so that they do without it again and again, and are fast. */
export const aroundTimeOut: Situation<LimiterPowers> = {
  id: "around-time-out",
  does: "another client keeps Redis busy for about as long as nodes wait for an answer, again and again for 25 s",
  draw(random) {
    const busyMs = drawFrom(random, 95, 120);
    const slow = { mechanisms: ["slow-dependency", "saturation", "hang"], says: [/without Redis/] } as const;
    return {
      causes: [onRedis("late", slow)],
      mayTrip: ALONE,
      async run({ lab }, course) {
        const other = connectRedis(lab.redisUrl, { commandTimeoutMs: 5000 });
        await eventually(async () => other.status === "ready");
        course.began("late");
        const untilMs = performance.now() + 25_000;
        while (performance.now() < untilMs) {
          await other.eval(BUSY, 0, busyMs).catch(() => undefined);
          await course.sleep(5);
        }
        other.disconnect();
      },
    };
  },
};

const ENTRY_BYTES = 1024;
const STEP_ENTRIES = 500;
const STEP_BYTES = ENTRY_BYTES * STEP_ENTRIES;

const fillerName = (at: number): string => `filler-${at}`;

interface Range {
  readonly from: number;
  readonly to: number;
}

/** Sets so many entries, or as many as there is room for; answers whether there was room for all. */
async function fill(redis: RedisClient, { from, to }: Range): Promise<boolean> {
  for (let at = from; at < to; at += 1) {
    try {
      await redis.set(fillerName(at), "x".repeat(ENTRY_BYTES));
    } catch {
      return false;
    }
  }
  return true;
}

const BUSY = `local function now() local t = redis.call("TIME") return t[1] * 1000 + t[2] / 1000 end
local ends = now() + ARGV[1]
while now() < ends do end`;

type Trouble = Pick<ExpectedCause, "mechanisms" | "says" | "harmless">;

/** Brings it about, and answers how it ends. */
type Bring = (redis: RedisClient, url: string) => Promise<() => Promise<unknown>>;

function whileRedis(lastsMs: number, { set, ...trouble }: Trouble & { readonly set: Bring }): Drawn<LimiterPowers> {
  return {
    causes: [onRedis("trouble", trouble)],
    mayTrip: [...ALONE, "answers-probes"],
    async run({ lab }, course) {
      const end = await set(await lab.redis(), lab.redisUrl);
      course.began("trouble");
      await course.lasts(lastsMs);
      await end();
    },
  };
}

function onRedis(id: string, trouble: Trouble): ExpectedCause {
  return { id, components: [REDIS], trips: ["redis-connected"], signalLagMs: 3000, fixedBy: [], ...trouble };
}
