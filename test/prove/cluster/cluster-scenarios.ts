/** What happens to a Redis Cluster: on purpose, by accident, and both at once. */

import { slotOf } from "../../../src/io/cluster-slot.ts";
import { moveKeys, moveSlots, openSlot, slotsOf } from "./cluster-moves.ts";
import { type ClusterSetting, startClusterSetting } from "./cluster-setting.ts";
import { NOTHING, type Scenario, type Staging } from "./setting.ts";

type ClusterScenario = Scenario<ClusterSetting>;

/** Slots go to another primary and come back, with their keys. */
const reshard: ClusterScenario = {
  id: "reshard",
  mayLose: false,
  async run(setting, names) {
    await moveSlots(setting, slotsOf(setting, names, 0), [0, 1, 0]);
    return NOTHING;
  },
};

/** A move stops half-way and is repaired three seconds later. */
const interruptedReshard: ClusterScenario = {
  id: "interrupted-reshard",
  mayLose: false,
  async run(setting, names) {
    const [from, to] = [await setting.shard(1), await setting.shard(2)];
    const moves = slotsOf(setting, names, 1).map((slot) => ({ slot, from: from.primary, to: to.primary }));
    for (const move of moves) {
      await openSlot(move);
      await moveKeys(move, 1);
    }
    await Bun.sleep(3000);
    await redisCliCluster("fix", `${from.primary.host}:${from.primary.port}`);
    // In between that takes a slot from everybody.
    return (name) => moves.some(({ slot }) => slot === slotOf(name));
  },
  async repair(setting, names) {
    await moveSlots(setting, slotsOf(setting, names, 1), [2, 1]);
  },
};

/** A primary dies, and its replica takes over. */
const kill: ClusterScenario = {
  id: "kill",
  mayLose: true,
  async run(setting) {
    const { primary, replica } = await setting.shard(0);
    await primary.kill();
    await setting.promoted(replica);
    return (name) => setting.shardOf(name) === 0;
  },
  async repair(setting) {
    for (const server of setting.servers) if (!(await isUp(server.pid))) await server.restart();
  },
};

/** A primary hangs; for longer than the cluster waits for it, its replica takes over, and the hung one returns. */
function hang(seconds: number): ClusterScenario {
  let resume = (): Promise<void> => Promise.resolve();
  return {
    id: `hang-${seconds}s`,
    mayLose: true,
    async run(setting) {
      const { primary, replica } = await setting.shard(2);
      const hungMs = performance.now();
      primary.hang();
      resume = async () => {
        await Bun.sleep(Math.max(0, seconds * 1000 - (performance.now() - hungMs)));
        primary.resume();
      };
      if (seconds * 1000 < FAILOVER_MS) await resume();
      else await setting.promoted(replica);
      return (name) => setting.shardOf(name) === 2;
    },
    repair: () => resume(),
  };
}

/** A replica takes over by agreement with its primary, which loses nothing. */
const gracefulFailover: ClusterScenario = {
  id: "graceful-failover",
  mayLose: false,
  async run(setting) {
    await failOver(setting, 0, []);
    return NOTHING;
  },
};

/** A replica takes over without asking its primary, which serves on until it hears of it. */
const forcedFailover: ClusterScenario = {
  id: "forced-failover",
  mayLose: true,
  async run(setting) {
    await failOver(setting, 1, ["force"]);
    return (name) => setting.shardOf(name) === 1;
  },
};

/** Ten failovers on all shards and of all kinds, each as soon as the replica of its shard is in sync. */
const storm: ClusterScenario = {
  id: "storm",
  mayLose: true,
  async run(setting) {
    const kinds = [[], ["force"], ["takeover"]];
    for (let at = 0; at < 10; at++) {
      await setting.inSync(at % setting.shards);
      await failOver(setting, at % setting.shards, kinds[at % kinds.length] ?? []);
    }
    return () => true;
  },
};

/** Nobody serves a slot for three seconds. */
const lostSlot: ClusterScenario = {
  id: "lost-slot",
  mayLose: false,
  async run(setting, names) {
    const [slot = 0] = slotsOf(setting, names, 1);
    const { primary } = await setting.shard(1);
    await primary.cli("cluster", "delslots", `${slot}`);
    await Bun.sleep(3000);
    await primary.cli("cluster", "addslots", `${slot}`);
    return (name) => slotOf(name) === slot;
  },
};

/** Milliseconds after which the cluster of the setting takes a primary for dead. */
const FAILOVER_MS = 2000;

/** Milliseconds after which Redis itself gives up a failover that was asked for, and a little; and how often one is asked for. */
const FAILOVER_GIVEN_UP_MS = 6000;
const MOST_ASKED = 5;

/** All of them. */
export const CLUSTER: Staging<ClusterSetting> = {
  start: startClusterSetting,
  scenarios: [
    reshard,
    interruptedReshard,
    gracefulFailover,
    forcedFailover,
    kill,
    hang(1.5),
    hang(5),
    hang(30),
    storm,
    lostSlot,
  ],
};

/** Asks again after a failover that Redis declined without an error: primaries vote for a shard once in two node time-outs. */
async function failOver(setting: ClusterSetting, shard: number, words: readonly string[]): Promise<void> {
  const { replica } = await setting.shard(shard);
  for (let asked = 1; ; asked++) {
    await replica.cli("cluster", "failover", ...words);
    const isDone = await setting.promoted(replica, FAILOVER_GIVEN_UP_MS).then(
      () => true,
      () => false,
    );
    if (isDone) return;
    if (asked === MOST_ASKED) throw new Error(`Cannot fail shard ${shard} over: asked ${asked} times`);
  }
}

async function isUp(pid: number): Promise<boolean> {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function redisCliCluster(...words: readonly string[]): Promise<void> {
  const child = Bun.spawn(["redis-cli", "--cluster", ...words, "--cluster-yes"], {
    stdout: "ignore",
    stderr: "ignore",
  });
  await child.exited;
}
