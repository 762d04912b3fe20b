/** What every healthy observation of a TiKV cluster satisfies. */

import type { AnyInvariant } from "../../../core/subject/invariant.ts";
import type { TikvConfig } from "../config.ts";
import type { TikvReadings } from "../observation.ts";
import { clock } from "./clock.ts";
import { diskSpace } from "./disk-space.ts";
import { hotSpot } from "./hot-spot.ts";
import { raftLag, readLatency, writeLatency } from "./latency.ts";
import { pdQuorum } from "./pd-quorum.ts";
import { pdUp } from "./pd-up.ts";
import { poolSaturation } from "./pool-saturation.ts";
import { regionHealth, replication } from "./regions.ts";
import { schedulingBacklog } from "./scheduling-backlog.ts";
import { serverBusy } from "./server-busy.ts";
import { slowScore } from "./slow-score.ts";
import { storeUp } from "./store-up.ts";
import { versionAgreement } from "./version-agreement.ts";
import { writeFlow } from "./write-flow.ts";

/** All invariants of the subject; `membership` and `component-identity` are the core's. */
export const invariants: readonly AnyInvariant<TikvReadings, TikvConfig>[] = [
  storeUp,
  pdUp,
  pdQuorum,
  regionHealth,
  replication,
  readLatency,
  writeLatency,
  raftLag,
  diskSpace,
  writeFlow,
  serverBusy,
  hotSpot,
  slowScore,
  poolSaturation,
  clock,
  schedulingBacklog,
  versionAgreement,
];
