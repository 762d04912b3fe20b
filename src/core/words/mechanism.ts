/** How a cause acts: the closed list that faults declare, engines answer with and trials score. */

/** Generic failure mechanisms; none names a subject. */
export const MECHANISMS = [
  "crash",
  "hang",
  "partition",
  "dependency-loss",
  "saturation",
  "slow-dependency",
  "load-surge",
  "skewed-load",
  "configuration-change",
  "clock-skew",
  "state-loss",
  "resource-exhaustion",
  "refused-access",
  "wrong-identity",
] as const;

/** How a cause acts. */
export type Mechanism = (typeof MECHANISMS)[number];
