/** Situations of stores: they die, hang, die again, and others take their place. */

import { STORE_AWAY } from "../../../../src/subjects/tikv/lab/faults/process.ts";
import type { Situation } from "../../../../src/trials/situations/situation.ts";
import { drawFrom, drawOne } from "../draw.ts";
import { crashAndHangOf, killedAgainOf, replacedOf } from "../members.ts";
import type { Stranger, TikvPowers } from "./powers.ts";

/** Members as `operator up tikv` numbers them. */
const MEMBERS = { members: ["store/1", "store/4", "store/5"], away: "store-up", mayTrip: STORE_AWAY } as const;

/** Two causes at once. */
export const crashAndHang = crashAndHangOf<TikvPowers>({
  ...MEMBERS,
  id: "store-crash-and-hang",
  does: "kill -9 of one store and, about a second later, SIGSTOP of another",
});

/** A fix that does not last. */
export const killedAgain = killedAgainOf<TikvPowers>({
  ...MEMBERS,
  id: "store-killed-again",
  does: "kill -9 of a store, and again 3 s after it has been started",
});

const STRANGERS: readonly Stranger[] = ["page", "other-store"];

/** Another process answers in the place of a dead store. */
export const strangerOnPort = replacedOf<TikvPowers>({
  ...MEMBERS,
  id: "stranger-on-status-port",
  does: "kill -9 of a store; 1.3 s later a web page or another store's status answers on its status port, for 12 s",
  trips: ["component-identity", "store-up"],
  mayTrip: [...STORE_AWAY, "component-identity"],
  draw(random) {
    const stranger = drawOne(random, STRANGERS);
    return ({ lab, strangerAt }, store) => strangerAt(lab.component(store).address, stranger);
  },
});

/** A member that nobody expects. */
export const fourthStore: Situation<TikvPowers> = {
  id: "fourth-store",
  does: "a fourth store is started by hand and registers with PD; some 30 s later PD removes it and it ends",
  draw(random) {
    const id = drawFrom(random, 100_000, 200_000);
    const lastsMs = drawFrom(random, 28_000, 34_000);
    return {
      causes: [
        {
          id: "stranger",
          components: [`store/${id}`],
          mechanisms: ["configuration-change", "wrong-identity"],
          trips: ["membership"],
          signalLagMs: 2000,
          fixedBy: [],
          says: [/unexpected/i],
        },
      ],
      // PD's register is read every 10 s: until then a store that has left by it is one that has died.
      mayTrip: ["store-up"],
      async run({ strayStore }, course) {
        await using _fourth = await strayStore(id, course.signal);
        course.began("stranger");
        await course.lasts(lastsMs);
      },
    };
  },
};
