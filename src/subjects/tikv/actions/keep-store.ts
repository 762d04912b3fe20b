/** Keeping a store that PD was told to remove, as long as PD has not removed it. */

import * as v from "valibot";
import { defineAction } from "../../../core/subject/action.ts";
import type { TikvClient } from "../client/client.ts";
import type { PdChange } from "../client/pd-client.ts";
import { StoreId, shown, storeIdOf } from "./fields.ts";

/** Ends the removal of one store. A removal is mostly meant, so that a person decides. */
export const keepStore = defineAction({
  id: "keep-store",
  description: "Tell PD to keep a store that it is removing: replicas that it has moved away come back as PD balances.",
  risk: "disruptive",
  input: v.object({ storeId: StoreId }),
  fixes: ({ mechanism, component: { id, labels } }) => {
    const storeId = storeIdOf(id);
    const isLeaving = mechanism === "configuration-change" && labels?.["offline"] === "true";
    return isLeaving && storeId !== undefined ? { storeId } : undefined;
  },
  preview: ({ storeId }) => ({
    sends: shown(state(storeId, "Up")),
    expectedEffect: `PD reports store/${storeId} as Up and moves no more replicas off it`,
    entities: [`store/${storeId}`],
    stops: [],
  }),
  async run({ pd }: TikvClient, { storeId }, signal) {
    await pd.change(state(storeId, "Up"), signal);
    return `PD keeps store/${storeId}`;
  },
  postCondition: async ({ pd }, { storeId }, signal) => (await pd.store(`${storeId}`, signal)).state !== "Offline",
  async undo({ pd }, { storeId }, { signal }) {
    await pd.change(state(storeId, "Offline"), signal);
    return `PD removes store/${storeId} again`;
  },
});

function state(storeId: number, wanted: "Up" | "Offline"): PdChange {
  return { method: "POST", path: `/store/${storeId}/state?state=${wanted}` };
}
