/** What happens to a Redis behind Sentinels: on purpose, by accident, and both at once. */

import type { RedisServer } from "../../redis-server.ts";
import { type SentinelSetting, startSentinelSetting } from "./sentinel-setting.ts";
import type { MayDegrade, Scenario, Staging } from "./setting.ts";

type SentinelScenario = Scenario<SentinelSetting>;

/** Without these rights a Sentinel takes a server for dead and cannot make it a replica, and no replica follows it. */
const CUT_OFF = ["ping", "slaveof", "replicaof", "psync", "sync"].map((command) => `-${command}`);

/** There is one primary for all names. */
const EVERYTHING: MayDegrade = () => true;

/** A Sentinel is told to fail over; the old primary serves on until it hears of it. */
const failover: SentinelScenario = {
  id: "sentinel-failover",
  mayLose: true,
  async run(setting) {
    await setting.failOver();
    return EVERYTHING;
  },
};

/** A failover that one Sentinel misses, since it hangs; afterwards it tells of the old primary for a while. */
const missedFailover: SentinelScenario = {
  id: "missed-failover",
  mayLose: true,
  async run(setting) {
    const [first, second] = setting.sentinels;
    first?.hang();
    await setting.failOver(second);
    first?.resume();
    return EVERYTHING;
  },
};

/** The primary dies, and comes back as an empty primary after another one has taken over. */
const kill: SentinelScenario = {
  id: "kill-primary",
  mayLose: true,
  async run(setting) {
    const { primary } = setting;
    await primary.kill();
    await setting.replaced(primary);
    await primary.restart();
    return EVERYTHING;
  },
};

/** The primary hangs, another one takes over, and the hung one wakes up as a primary. */
function hang(seconds: number): SentinelScenario {
  return stopped(`hang-primary-${seconds}s`, seconds, ({ primary }) => [primary]);
}

/** The primary hangs together with a Sentinel, which wakes up with it and knows no better. */
const frozenHost: SentinelScenario = stopped("frozen-host", 8, ({ primary, sentinels }) => [
  primary,
  ...sentinels.slice(0, 1),
]);

/**
 * The primary is cut off from its replicas and the Sentinels, while the nodes still reach it. It takes writes all the
 * time; with a number of replicas that writes need, it refuses them, as the new primary does until another one follows.
 */
function partition(id: string, needed: number): SentinelScenario {
  let cutOff: RedisServer | undefined;
  return {
    id,
    mayLose: true,
    async run(setting) {
      const { primary } = setting;
      cutOff = primary;
      await minReplicas(setting, needed);
      await primary.cli("acl", "setuser", "default", ...CUT_OFF);
      await primary.cli("client", "kill", "type", "replica");
      await setting.replaced(primary);
      return EVERYTHING;
    },
    async repair(setting) {
      await cutOff?.cli("acl", "setuser", "default", "+@all");
      await minReplicas(setting, 0);
    },
  };
}

/** Ten failovers, each as soon as there is a replica that lacks nothing. */
const storm: SentinelScenario = {
  id: "failover-storm",
  mayLose: true,
  async run(setting) {
    for (let at = 0; at < 10; at++) {
      await setting.followed();
      await setting.failOver(setting.sentinels[at % setting.sentinels.length]);
    }
    return EVERYTHING;
  },
};

/** All of them. */
export const SENTINEL: Staging<SentinelSetting> = {
  start: startSentinelSetting,
  scenarios: [
    failover,
    missedFailover,
    kill,
    hang(1.5),
    hang(5),
    hang(30),
    frozenHost,
    partition("partition", 0),
    partition("partition-min-replicas", 1),
    storm,
  ],
};

async function minReplicas({ servers }: SentinelSetting, count: number): Promise<void> {
  for (const server of servers) await server.cli("config", "set", "min-replicas-to-write", `${count}`);
}

/** Some servers stop for so many seconds; the first of them is the primary. */
function stopped(
  id: string,
  seconds: number,
  chosen: (setting: SentinelSetting) => readonly RedisServer[],
): SentinelScenario {
  let resume = (): Promise<void> => Promise.resolve();
  return {
    id,
    mayLose: true,
    async run(setting) {
      const { primary } = setting;
      const servers = chosen(setting);
      const stoppedMs = performance.now();
      for (const server of servers) server.hang();
      resume = async () => {
        await Bun.sleep(Math.max(0, seconds * 1000 - (performance.now() - stoppedMs)));
        for (const server of servers) server.resume();
      };
      if (seconds >= 2) await setting.replaced(primary);
      else {
        await resume();
        await setting.undisputed();
      }
      return EVERYTHING;
    },
    repair: () => resume(),
  };
}
