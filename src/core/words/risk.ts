/** How much harm an action can do. */

/** Tiers of the safety ladder, from harmless to irreversible. */
export const RISKS = ["read-only", "reversible", "disruptive", "destructive"] as const;

/** Tier of the safety ladder. */
export type Risk = (typeof RISKS)[number];
