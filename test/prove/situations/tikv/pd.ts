/** Situations of PD. */

import type { Situation } from "../../../../src/trials/situations/situation.ts";
import { drawFrom, drawOne } from "../draw.ts";
import type { TikvPowers } from "./powers.ts";

const PDS = ["pd/pd0", "pd/pd1", "pd/pd2"] as const;

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
