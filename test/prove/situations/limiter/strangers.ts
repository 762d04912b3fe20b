/** Situations in which a page of somebody else answers at the address of a component. */

import type { ComponentId } from "../../../../src/core/words/ids.ts";
import type { Drawn, ExpectedCause, Situation } from "../../../../src/trials/situations/situation.ts";
import { drawFrom } from "../draw.ts";
import { drawNode, type LimiterPowers, portOf } from "./powers.ts";
import { ALONE, REDIS } from "./redis.ts";

/** A web server in the place of a node. */
export const pageInPlaceOfNode: Situation<LimiterPowers> = {
  id: "page-in-place-of-node",
  does: "kill -9 of a node; a web server takes its port at once, and ends 15 s later",
  draw: (random) =>
    replaced(drawNode(random), { tripped: "node-reachable", lastsMs: drawFrom(random, 13_000, 17_000) }),
};

/** A web server in the place of Redis. */
export const pageInPlaceOfRedis: Situation<LimiterPowers> = {
  id: "page-in-place-of-redis",
  does: "kill -9 of Redis; a web server takes its port at once, and ends 15 s later",
  draw: (random) => replaced(REDIS, { tripped: "redis-connected", lastsMs: drawFrom(random, 13_000, 17_000) }),
};

interface Replacement {
  readonly tripped: string;
  readonly lastsMs: number;
}

function replaced(component: ComponentId, { tripped, lastsMs }: Replacement): Drawn<LimiterPowers> {
  const own = { components: [component], trips: [tripped], signalLagMs: 2500 };
  const stranger: ExpectedCause = { ...own, id: "stranger", mechanisms: ["wrong-identity"], fixedBy: [] };
  const crash: ExpectedCause = { ...own, id: "crash", mechanisms: ["crash"], fixedBy: ["start-component"] };
  return {
    causes: [stranger, crash],
    mayTrip: [...ALONE, "component-identity", "node-stalled", "node-reachable", "answers-probes"],
    incidents: [1, 2],
    async run({ lab }, course) {
      course.began("crash");
      await lab.processes.kill(component);
      const page = Bun.serve({
        hostname: "127.0.0.1",
        port: portOf(lab, component),
        fetch: () =>
          new Response("<!doctype html><title>Welcome</title>", { headers: { "content-type": "text/html" } }),
      });
      course.began("stranger");
      await course.sleep(lastsMs);
      await page.stop(true);
      course.fixable("crash");
    },
  };
}
