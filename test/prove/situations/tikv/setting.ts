/** What the situations of a cluster take. */

import type { Setting } from "../lab.ts";
import { type ClusterPowers, tikvPowers } from "./powers.ts";

/** An emulated cluster as `operator up tikv` brings it up. */
export const TIKV_SETTING: Setting<ClusterPowers> = { subject: "tikv", forgiving: {}, powers: tikvPowers };
