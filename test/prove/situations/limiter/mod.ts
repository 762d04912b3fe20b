/** The situations of a limiter. */

import type { Situation } from "../../../../src/trials/situations/situation.ts";
import { diskFull } from "./disk-full.ts";
import { operatorKilled, operatorStopped } from "./observer.ts";
import type { LimiterPowers } from "./powers.ts";
import { crashAndHang, fourthNode, killedAgain, strangerOnPort, stutter } from "./processes.ts";
import { accessRefused, flushed, memoryThenCrash, pausedWrites, slowThenSilent } from "./redis.ts";
import {
  aroundTimeOut,
  becameReplica,
  busyScript,
  memoryGrows,
  scriptsForbidden,
  slowlySlower,
  snapshotFails,
  tooManyClients,
} from "./redis-settings.ts";
import { allNodesKilled, comesAndGoes, cutAndSlow, nodeThenRedis } from "./sequences.ts";
import { pageInPlaceOfNode, pageInPlaceOfRedis } from "./strangers.ts";
import { healthyBursts, healthyHousekeeping, healthyOperations, rudeClient, surge } from "./traffic.ts";
import { allWaysCut, allWaysSlow } from "./ways.ts";

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
  nodeThenRedis,
  allNodesKilled,
  comesAndGoes,
  cutAndSlow,
  slowlySlower,
  aroundTimeOut,
  allWaysSlow,
  allWaysCut,
  tooManyClients,
  scriptsForbidden,
  becameReplica,
  snapshotFails,
  memoryGrows,
  busyScript,
  pageInPlaceOfNode,
  pageInPlaceOfRedis,
  operatorStopped,
  operatorKilled,
  healthyBursts,
  healthyOperations,
  healthyHousekeeping,
  rudeClient,
];
