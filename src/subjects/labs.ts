/** Every subject that can be broken and loaded on purpose; each lab is loaded only when it is named. */

/** Loaders of labs by the id of their subject. */
export const LABS = new Map([
  ["ratelimiter", () => import("./ratelimiter/lab/mod.ts").then(({ ratelimiterLab }) => ratelimiterLab)],
]);
