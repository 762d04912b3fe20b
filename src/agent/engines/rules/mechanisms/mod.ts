/** The mechanisms that the rules know. Adding one is a file beside this one and a line in the list. */

import type { MechanismRule } from "../mechanism.ts";
import { clockSkew } from "./clock-skew.ts";
import { configurationChange } from "./configuration-change.ts";
import { crash } from "./crash.ts";
import { dependencyLoss } from "./dependency-loss.ts";
import { hang } from "./hang.ts";
import { loadSurge } from "./load-surge.ts";
import { partition } from "./partition.ts";
import { refusedAccess } from "./refused-access.ts";
import { resourceExhaustion } from "./resource-exhaustion.ts";
import { saturation } from "./saturation.ts";
import { skewedLoad } from "./skewed-load.ts";
import { slowDependency } from "./slow-dependency.ts";
import { stateLoss } from "./state-loss.ts";
import { wrongIdentity } from "./wrong-identity.ts";

/** Those that are weighed at every component that is not as it was or should be; any of them is what comes to mind first. */
const COMMON_RULES: readonly MechanismRule[] = [crash, hang, partition, dependencyLoss];

/** Those that are weighed only where something hints at them. */
export const HINTED_RULES: readonly MechanismRule[] = [
  refusedAccess,
  wrongIdentity,
  resourceExhaustion,
  stateLoss,
  configurationChange,
  clockSkew,
  skewedLoad,
  loadSurge,
  saturation,
  slowDependency,
];

/** All of them; of two that are carried alike, the earlier one is preferred. */
export const MECHANISM_RULES: readonly MechanismRule[] = [...COMMON_RULES, ...HINTED_RULES];
