/** Situations of stores: they die, hang, die again, and others take their place. */

import { STORE_AWAY } from "../../../../src/subjects/tikv/lab/faults/process.ts";
import type { Situation } from "../../../../src/trials/situations/situation.ts";
import type { Stranger, TikvPowers } from "./powers.ts";

/** As `operator up tikv` numbers them. */
const STORES = ["store/1", "store/4", "store/5"] as const;

/** Two causes at once. */
export const crashAndHang: Situation<TikvPowers> = {
  id: "store-crash-and-hang",
  does: "kill -9 of one store and, about a second later, SIGSTOP of another",
  draw(random) {
    const crashed = drawOne(random, STORES);
    const hung = drawOne(
      random,
      STORES.filter((store) => store !== crashed),
    );
    const pauseMs = drawFrom(random, 500, 1500);
    return {
      causes: [
        {
          id: "crash",
          components: [crashed],
          mechanisms: ["crash"],
          trips: ["store-up"],
          signalLagMs: 0,
          fixedBy: ["start-component"],
        },
        {
          id: "hang",
          components: [hung],
          mechanisms: ["hang"],
          trips: ["store-up"],
          signalLagMs: 1500,
          fixedBy: ["resume-component"],
        },
      ],
      mayTrip: STORE_AWAY,
      async run({ lab }, course) {
        course.began("crash");
        await lab.processes.kill(crashed);
        await course.sleep(pauseMs);
        course.began("hang");
        await lab.processes.hang(hung);
      },
    };
  },
};

/** A fix that does not last. */
export const killedAgain: Situation<TikvPowers> = {
  id: "store-killed-again",
  does: "kill -9 of a store, and again 3 s after it has been started",
  draw(random) {
    const store = drawOne(random, STORES);
    const laterMs = drawFrom(random, 2500, 3500);
    const crash = { components: [store], mechanisms: ["crash"], signalLagMs: 0, fixedBy: ["start-component"] } as const;
    return {
      causes: [
        { ...crash, id: "crash", trips: ["store-up"] },
        { ...crash, id: "again", trips: [], says: [/went down|exited|died|killed/i] },
      ],
      mayTrip: STORE_AWAY,
      incidents: [1, 1],
      async run({ lab }, course) {
        course.began("crash");
        await lab.processes.kill(store);
        const isUp = async (): Promise<boolean> => (await lab.stateOf(store)) === "running";
        course.must(await course.until(isUp, 30_000), `${store} is not started again`);
        await course.sleep(laterMs);
        course.began("again");
        await lab.processes.kill(store);
      },
    };
  },
};

const STRANGERS: readonly Stranger[] = ["page", "other-store"];

/** Somebody else answers in the place of a dead store. */
export const strangerOnPort: Situation<TikvPowers> = {
  id: "stranger-on-status-port",
  does: "kill -9 of a store; 1.3 s later a web page or another store's status answers on its status port, for 12 s",
  draw(random) {
    const store = drawOne(random, STORES);
    const stranger = drawOne(random, STRANGERS);
    return {
      causes: [
        {
          id: "stranger",
          components: [store],
          mechanisms: ["wrong-identity"],
          trips: ["component-identity", "store-up"],
          signalLagMs: 1000,
          fixedBy: [],
          says: [/something else answers|another process|answers (?:there|in its place|at its address)/i],
        },
        {
          id: "crash",
          components: [store],
          mechanisms: ["crash"],
          trips: ["store-up"],
          signalLagMs: 0,
          fixedBy: ["start-component"],
        },
      ],
      mayTrip: [...STORE_AWAY, "component-identity"],
      incidents: [1, 2],
      async run({ lab, strangerAt }, course) {
        course.began("crash");
        await lab.processes.kill(store);
        await course.sleep(1300);
        {
          await using _stranger = strangerAt(lab.component(store).address, stranger);
          course.began("stranger");
          await course.sleep(12_000);
        }
        course.fixable("crash");
      },
    };
  },
};

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

/** One of several by lot. */
export function drawOne<T>(random: () => number, [first, ...others]: readonly T[]): T {
  const drawn = [first, ...others][Math.floor(random() * (others.length + 1))] ?? first;
  if (drawn === undefined) throw new RangeError("Cannot draw one of none");
  return drawn;
}

/** A number of a range by lot. */
export function drawFrom(random: () => number, least: number, most: number): number {
  return Math.round(least + random() * (most - least));
}
