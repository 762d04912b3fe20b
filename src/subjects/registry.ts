/** The subjects by name, each loaded only when it is named. */

import type { Subject } from "../core/subject/subject.ts";

/** Loaders by subject id. */
export const SUBJECTS: ReadonlyMap<string, () => Promise<Subject>> = new Map([
  ["ratelimiter", () => import("./ratelimiter/mod.ts").then(({ ratelimiter }) => ratelimiter)],
]);
