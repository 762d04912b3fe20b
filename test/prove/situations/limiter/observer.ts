/** Situations of the operator itself: it stands still, or ends in the middle of its work. */

import type { ComponentId } from "../../../../src/core/words/ids.ts";
import type { ExpectedCause, Situation } from "../../../../src/trials/situations/situation.ts";
import { crashOf } from "../causes.ts";
import { drawFrom } from "../draw.ts";
import { drawNode, type LimiterPowers } from "./powers.ts";

const BESIDE = ["latency-p99", "node-stalled", "redis-connected"] as const;

/** Changes while `watch` is stopped are unknown; their lasting effects are seen afterwards. */
export const operatorStopped: Situation<LimiterPowers> = {
  id: "operator-stopped",
  does: "the operator is stopped for 12 s, during which a node is killed",
  draw(random) {
    const node = drawNode(random);
    const stoppedMs = drawFrom(random, 8000, 14_000);
    return {
      causes: [seenCrashOf(node)],
      mayTrip: BESIDE,
      async run({ lab, agent }, course) {
        agent.hang();
        await course.sleep(stoppedMs / 2);
        await lab.processes.kill(node);
        await course.sleep(stoppedMs / 2);
        course.began("crash");
        agent.resume();
      },
    };
  },
};

/** What it had begun is gone on with by the next one, or reported, and not done twice. */
export const operatorKilled: Situation<LimiterPowers> = {
  id: "operator-killed",
  does: "a node is killed, and the operator as soon as it has acted; another operator is started at once",
  draw(random) {
    const node = drawNode(random);
    return {
      causes: [seenCrashOf(node)],
      mayTrip: BESIDE,
      incidents: [1, 1],
      async run({ lab, agent }, course) {
        course.began("crash");
        await lab.processes.kill(node);
        const hasActed = (): boolean => course.record().runs.some(({ effectAtMs }) => effectAtMs !== undefined);
        course.must(await course.until(hasActed, 30_000), `nothing is done about ${node}`);
        await agent.killAndStart();
        await course.sleep(10_000);
        const { runs } = course.record();
        course.must(runs.length === 1, `${runs.length} actions, expected the one that had its effect`);
      },
    };
  },
};

function seenCrashOf(node: ComponentId): ExpectedCause {
  return { ...crashOf("crash", node, "node-reachable"), signalLagMs: 1000 };
}
