/** Moving all leaders off one store, and letting them come back: a scheduler of PD's that stays until it is removed. */

import * as v from "valibot";
import { defineAction } from "../../../core/subject/action.ts";
import { parse } from "../../../core/text/parse.ts";
import type { TikvClient } from "../client/client.ts";
import { EVICT_LEADER, type PdChange } from "../client/pd-client.ts";
import { KEPT_OFF } from "../kept-off.ts";
import { CLUSTER } from "../topology.ts";
import { StoreId, shown, storeIdOf } from "./fields.ts";

/** Whether the store was drained already: then an undo leaves it so. */
const Former = v.object({ wasDrained: v.boolean() });

const Input = v.object({ storeId: StoreId });

/** Moves all leaders off one store. */
export const drainStore = defineAction({
  id: "drain-store",
  description:
    "Move all region leaders off one store and keep them off, for instance before a restart or while its disk is slow.",
  risk: "reversible",
  input: Input,
  fixes: ({ mechanism, component: { id } }) => {
    const storeId = storeIdOf(id);
    const isSlow = mechanism === "slow-dependency" || mechanism === "saturation";
    return isSlow && storeId !== undefined ? { storeId } : undefined;
  },
  preview: ({ storeId }) => ({
    sends: shown(evict(storeId)),
    expectedEffect: `store/${storeId} leads no region`,
    entities: [`store/${storeId}`],
    stops: [],
    lasts: `store/${storeId} stays drained; let it lead again with: operator actions propose undrain-store storeId=${storeId}`,
  }),
  async run({ pd }: TikvClient, { storeId }, signal) {
    await pd.change(evict(storeId), signal);
    return `PD moves the leaders off store/${storeId}`;
  },
  postCondition: async ({ pd }, { storeId }, signal) => (await pd.store(`${storeId}`, signal)).leaderCount === 0,
  capture: async (client, { storeId }, signal) => ({ wasDrained: await isDrained(client, storeId, signal) }),
  async undo(client, { storeId }, { captured, signal }) {
    const { wasDrained } = parse(Former, captured, `whether store/${storeId} was drained`);
    if (wasDrained) return `Left store/${storeId} drained, as it was`;
    return await undrain(client, storeId, signal);
  },
});

/** Lets a drained store lead again. */
export const undrainStore = defineAction({
  id: "undrain-store",
  description: "Allow a drained store to lead regions again.",
  risk: "reversible",
  input: Input,
  fixes: ({ mechanism, component: { id, labels } }) => {
    if (mechanism !== "configuration-change") return undefined;
    const isDrainedOne = labels?.["leaders_evicted"] === "true";
    // One more store that may lead takes its share of what one alone serves.
    const [first = ""] = labels?.[KEPT_OFF]?.split(", ") ?? [];
    const storeId = id === CLUSTER ? storeIdOf(first) : isDrainedOne ? storeIdOf(id) : undefined;
    return storeId === undefined ? undefined : { storeId };
  },
  preview: ({ storeId }) => ({
    sends: shown(release(storeId)),
    expectedEffect: `PD lets store/${storeId} lead regions again`,
    entities: [`store/${storeId}`],
    stops: [],
  }),
  run: (client: TikvClient, { storeId }, signal) => undrain(client, storeId, signal),
  postCondition: async (client, { storeId }, signal) => !(await isDrained(client, storeId, signal)),
  async undo({ pd }, { storeId }, { signal }) {
    await pd.change(evict(storeId), signal);
    return `PD moves the leaders off store/${storeId} again`;
  },
});

function evict(storeId: number): PdChange {
  return { method: "POST", path: "/schedulers", body: { name: EVICT_LEADER, store_id: storeId } };
}

function release(storeId: number): PdChange {
  return { method: "DELETE", path: `/schedulers/${EVICT_LEADER}-${storeId}` };
}

async function undrain(client: TikvClient, storeId: number, signal: AbortSignal): Promise<string> {
  if (!(await isDrained(client, storeId, signal))) return `store/${storeId} was not drained`;
  await client.pd.change(release(storeId), signal);
  return `PD lets store/${storeId} lead regions again`;
}

async function isDrained({ pd }: TikvClient, storeId: number, signal: AbortSignal): Promise<boolean> {
  return (await pd.evictedStores(await pd.schedulers(signal), signal)).includes(`${storeId}`);
}
