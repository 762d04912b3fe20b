/** The mechanisms that the rules know. Adding one is a file beside this one and a line in the list. */

import type { MechanismRule } from "../mechanism.ts";
import { crash } from "./crash.ts";
import { dependencyLoss } from "./dependency-loss.ts";
import { hang } from "./hang.ts";
import { partition } from "./partition.ts";
import { refusedAccess } from "./refused-access.ts";
import { wrongIdentity } from "./wrong-identity.ts";

/** All of them; of two that are carried alike, the earlier one is preferred. */
export const MECHANISM_RULES: readonly MechanismRule[] = [
  crash,
  hang,
  partition,
  dependencyLoss,
  refusedAccess,
  wrongIdentity,
];
