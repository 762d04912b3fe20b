/** Every subject that can be broken and loaded on purpose; each lab is loaded only when it is named. */

import type { Lab } from "../deployments/lab.ts";

/** Labs by the id of their subject. */
export const LABS: ReadonlyMap<string, () => Promise<Lab>> = new Map([
  ["ratelimiter", () => import("./ratelimiter/lab/mod.ts").then(({ ratelimiterLab }) => ratelimiterLab)],
]);
