/** The subjects by name, each loaded only when it is named. */

/** Loaders by subject id. */
export const SUBJECTS = new Map([
  ["ratelimiter", () => import("./ratelimiter/mod.ts").then(({ ratelimiter }) => ratelimiter)],
]);
