/** Every subject that can be broken and loaded on purpose; each lab is loaded only when it is named. */

/** Loaders of labs by the id of their subject. */
export const LABS = new Map([
  ["tikv", () => import("./tikv/lab/mod.ts").then(({ tikvLab }) => tikvLab)],
  ["ratelimiter", () => import("./ratelimiter/lab/mod.ts").then(({ ratelimiterLab }) => ratelimiterLab)],
]);
