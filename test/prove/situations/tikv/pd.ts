/** Situations of PD. */

import { PD_AWAY } from "../../../../src/subjects/tikv/lab/faults/process.ts";
import type { Situation } from "../../../../src/trials/situations/situation.ts";
import { drawFrom, drawOne } from "../draw.ts";
import type { TikvPowers } from "./powers.ts";

const PDS = ["pd/pd0", "pd/pd1", "pd/pd2"] as const;

/** A hang that spreads: whoever follows the leader waits for it. */
export const pdLeaderHangs: Situation<TikvPowers> = {
  id: "pd-leader-hangs",
  does: "SIGSTOP of the leader of PD, for which all other members wait until one of them leads after some twelve seconds",
  draw() {
    return {
      causes: [
        {
          id: "hang",
          components: PDS,
          mechanisms: ["hang"],
          trips: ["pd-up"],
          signalLagMs: 3000,
          fixedBy: ["resume-component"],
        },
      ],
      mayTrip: PD_AWAY,
      async run({ lab }, course) {
        const leader = await lab.leader(course.signal);
        course.began("hang");
        await lab.processes.hang(leader);
      },
    };
  },
};

/** An answer that refuses is an answer. */
export const pdForbids: Situation<TikvPowers> = {
  id: "pd-forbids",
  does: "a proxy in front of one PD answers 403 to everything; some 25 s later it is gone",
  draw(random) {
    const pd = drawOne(random, PDS);
    const lastsMs = drawFrom(random, 22_000, 28_000);
    return {
      causes: [
        {
          id: "forbidden",
          components: [pd],
          mechanisms: ["refused-access"],
          trips: ["pd-up"],
          signalLagMs: 1000,
          fixedBy: [],
          says: [/\b403\b/],
        },
      ],
      mayTrip: [],
      async run({ forbid }, course) {
        await using _forbidding = await forbid(pd, course.signal);
        course.began("forbidden");
        await course.lasts(lastsMs);
      },
    };
  },
};
