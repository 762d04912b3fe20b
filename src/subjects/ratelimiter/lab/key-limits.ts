/** Limits of single keys, so that a fault is visible soon with any limit and window of the cluster. */

import * as v from "valibot";
import type { ComponentId } from "../../../core/words/ids.ts";
import type { LimiterLab } from "./client.ts";
import { eventually } from "./eventually.ts";

/** The limit of the lab's keys: so few units and so short a window that an excess is visible within seconds. */
export const LAB_LIMIT = { limit: 100, windowMs: 10_000 } as const;

/** The former limit of a key, or that it had none, as journaled. */
export const FormerLimit = v.object({
  key: v.string(),
  own: v.nullable(v.object({ limit: v.number(), windowMs: v.nullable(v.number()) })),
});

type FormerLimit = v.InferOutput<typeof FormerLimit>;
type OwnLimit = NonNullable<FormerLimit["own"]>;

const Page = v.object({
  limits: v.array(v.object({ key: v.string(), limit: v.number(), window_ms: v.nullable(v.number()) })),
  cursor: v.string(),
});
const Anything = v.looseObject({});

/** The wanted limits of some keys. */
interface Wanted {
  readonly limits: readonly FormerLimit[];
  readonly signal: AbortSignal;
}

/** The current limits of keys. */
export async function limitsOf(
  lab: LimiterLab,
  keys: readonly string[],
  signal: AbortSignal,
): Promise<readonly FormerLimit[]> {
  const own = await ownLimits(lab, lab.anyNode(), signal);
  return keys.map((key) => ({ key, own: own.get(key) ?? null }));
}

/** The lab's own limit for the same keys. */
export function labLimits(former: readonly FormerLimit[]): readonly FormerLimit[] {
  return former.map(({ key }) => ({ key, own: LAB_LIMIT }));
}

/** Sets or removes the limit of each key. */
export async function setLimits(lab: LimiterLab, { limits, signal }: Wanted): Promise<void> {
  const node = lab.anyNode();
  for (const { key, own } of limits) {
    const path = `/api/limits/${encodeURIComponent(key)}`;
    const body = own && { limit: own.limit, ...(own.windowMs !== null && { window_ms: own.windowMs }) };
    const request = body ? ({ method: "PUT", body } as const) : ({ method: "DELETE" } as const);
    await lab.ask(node, { ...request, path, schema: Anything, signal });
  }
}

/** Whether every node enforces these limits in time. */
export function haveLimits(lab: LimiterLab, { limits, signal }: Wanted): Promise<boolean> {
  return eventually(async () => {
    const found = await Promise.all(lab.nodes.map(({ id }) => ownLimits(lab, id, signal)));
    return found.every((own) => limits.every((wanted) => Bun.deepEquals(own.get(wanted.key) ?? null, wanted.own)));
  }, signal);
}

async function ownLimits(
  lab: LimiterLab,
  node: ComponentId,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, OwnLimit>> {
  const own = new Map<string, OwnLimit>();
  let cursor = "";
  do {
    const path = `/api/limits?limit=1000&cursor=${encodeURIComponent(cursor)}`;
    const page = await lab.ask(node, { path, schema: Page, signal });
    for (const { key, limit, window_ms: windowMs } of page.limits) own.set(key, { limit, windowMs });
    ({ cursor } = page);
  } while (cursor !== "");
  return own;
}
