/** Situations that members of any subject can be in: two fail at once, one fails twice, another process takes the place of one. */

import type { Random } from "../../../src/core/system/random.ts";
import type { ComponentId } from "../../../src/core/words/ids.ts";
import type { Processes } from "../../../src/deployments/deployment.ts";
import type { Situation } from "../../../src/trials/situations/situation.ts";
import { crashOf } from "./causes.ts";
import { drawFrom, drawOne } from "./draw.ts";

/** Power over the processes of members. */
interface ProcessPowers {
  readonly lab: { readonly processes: Processes };
}

/** What differs between subjects. */
export interface MembersOptions {
  readonly id: string;
  readonly does: string;
  readonly members: readonly ComponentId[];
  /** The invariant that a member which is away violates. */
  readonly away: string;
  readonly mayTrip: readonly string[];
}

/** Two causes at once. */
export function crashAndHangOf<Powers extends ProcessPowers>(options: MembersOptions): Situation<Powers> {
  const { members, away, mayTrip, ...named } = options;
  return {
    ...named,
    draw(random) {
      const crashed = drawOne(random, members);
      const hung = drawOne(
        random,
        members.filter((member) => member !== crashed),
      );
      const pauseMs = drawFrom(random, 500, 1500);
      const hang = { id: "hang", components: [hung], mechanisms: ["hang"], trips: [away], signalLagMs: 1500 } as const;
      return {
        causes: [crashOf("crash", crashed, away), { ...hang, fixedBy: ["resume-component"] }],
        mayTrip,
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
}

/** A fix that does not last. */
export function killedAgainOf<Powers extends ProcessPowers>(options: MembersOptions): Situation<Powers> {
  const { members, away, mayTrip, ...named } = options;
  return {
    ...named,
    draw(random) {
      const member = drawOne(random, members);
      const laterMs = drawFrom(random, 2500, 3500);
      const crash = crashOf("crash", member, away);
      return {
        causes: [crash, { ...crash, id: "again", trips: [], says: [/went down|exited|died|killed/i] }],
        mayTrip,
        incidents: [1, 1],
        async run({ lab }, course) {
          course.began("crash");
          await lab.processes.kill(member);
          const isUp = async (): Promise<boolean> =>
            (await lab.processes.list()).some(({ id: process, state }) => process === member && state === "running");
          course.must(await course.until(isUp, 30_000), `${member} is not started again`);
          await course.sleep(laterMs);
          course.began("again");
          await lab.processes.kill(member);
        },
      };
    },
  };
}

/** What differs where another process takes the place of a member. */
export interface ReplacedOptions<Powers> extends MembersOptions {
  /** Invariants of which the other process trips one. */
  readonly trips: readonly string[];
  /** Draws the other process, which answers in the place of a member until it is disposed. */
  readonly draw: (
    random: Random,
  ) => (powers: Powers, member: ComponentId) => AsyncDisposable | Promise<AsyncDisposable>;
}

/** Another process answers in the place of a dead member for 12 s. */
export function replacedOf<Powers extends ProcessPowers>(options: ReplacedOptions<Powers>): Situation<Powers> {
  const { id, does, members, away, mayTrip, trips } = options;
  return {
    id,
    does,
    draw(random) {
      const member = drawOne(random, members);
      const replace = options.draw(random);
      return {
        causes: [
          {
            id: "stranger",
            components: [member],
            mechanisms: ["wrong-identity"],
            trips,
            signalLagMs: 1000,
            fixedBy: [],
            says: [/something else answers|another process|answers (?:there|in its place|at its address)/i],
          },
          crashOf("crash", member, away),
        ],
        mayTrip,
        incidents: [1, 2],
        async run(powers, course) {
          course.began("crash");
          await powers.lab.processes.kill(member);
          await course.sleep(1300);
          {
            await using _stranger = await replace(powers, member);
            course.began("stranger");
            await course.sleep(12_000);
          }
          course.fixable("crash");
        },
      };
    },
  };
}
