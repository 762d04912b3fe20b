/** What is read of a TiKV cluster. */

import type { ProbesOf } from "../../../core/subject/probe.ts";
import type { TikvClient } from "../client/client.ts";
import type { TikvReadings } from "../observation.ts";
import { hotspots } from "./hotspots.ts";
import { members } from "./members.ts";
import { metrics } from "./metrics.ts";
import { regions } from "./regions.ts";
import { scheduling } from "./scheduling.ts";
import { status } from "./status.ts";
import { stores } from "./stores.ts";

/** The probes by what they read. */
export const probes: ProbesOf<TikvClient, TikvReadings> = {
  members,
  stores,
  status,
  regions,
  hotspots,
  scheduling,
  metrics,
};
