/** The situations of a limiter. */

import type { Situation } from "../../../../src/trials/situations/situation.ts";
import { diskFull } from "./disk-full.ts";
import type { LimiterPowers } from "./powers.ts";
import { crashAndHang, fourthNode, killedAgain, strangerOnPort, stutter } from "./processes.ts";
import { accessRefused, flushed, memoryThenCrash, pausedWrites, slowThenSilent } from "./redis.ts";
import { healthyBursts, healthyOperations, surge } from "./traffic.ts";

/** All of them. */
export const LIMITER_SITUATIONS: readonly Situation<LimiterPowers>[] = [
  crashAndHang,
  killedAgain,
  strangerOnPort,
  fourthNode,
  memoryThenCrash,
  accessRefused,
  flushed,
  slowThenSilent,
  pausedWrites,
  stutter,
  surge,
  diskFull,
  healthyBursts,
  healthyOperations,
];
