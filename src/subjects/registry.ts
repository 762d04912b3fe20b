/** The subjects by name, each loaded only when it is named. */

/** Loaders by subject id. */
export const SUBJECTS = new Map([
  ["tikv", () => import("./tikv/mod.ts").then(({ tikv }) => tikv)],
  ["ratelimiter", () => import("./ratelimiter/mod.ts").then(({ ratelimiter }) => ratelimiter)],
]);
