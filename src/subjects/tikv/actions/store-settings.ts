/** How much of the regions and leaders one store gets, and how fast. */

import * as v from "valibot";
import { defineAction } from "../../../core/subject/action.ts";
import { parse } from "../../../core/text/parse.ts";
import type { TikvClient } from "../client/client.ts";
import type { PdChange } from "../client/pd-client.ts";
import { StoreId, shown } from "./fields.ts";

const Weight = v.pipe(v.number(), v.minValue(0), v.maxValue(100));
const Weights = v.object({
  leader: v.pipe(Weight, v.description("Weight for leaders, from 0 to 100.")),
  region: v.pipe(Weight, v.description("Weight for regions, from 0 to 100.")),
});

/** Sets the weights of one store. */
export const setStoreWeight = defineAction({
  id: "set-store-weight",
  description: "Set the weights by which PD gives one store leaders and regions; 1 is usual, 0 gives it none.",
  risk: "reversible",
  input: v.object({ storeId: StoreId, ...Weights.entries }),
  preview: ({ storeId, leader, region }) => ({
    sends: shown(weigh(storeId, { leader, region })),
    expectedEffect: `the weights of store/${storeId} are ${leader} (leaders) and ${region} (regions)`,
    entities: [`store/${storeId}`],
    stops: [],
  }),
  async run({ pd }: TikvClient, { storeId, leader, region }, signal) {
    await pd.change(weigh(storeId, { leader, region }), signal);
    return `Set the weights of store/${storeId} to ${leader} and ${region}`;
  },
  async postCondition({ pd }, { storeId, leader, region }, signal) {
    const { leaderWeight, regionWeight } = await pd.store(`${storeId}`, signal);
    return leaderWeight === leader && regionWeight === region;
  },
  async capture({ pd }, { storeId }, signal) {
    const { leaderWeight, regionWeight } = await pd.store(`${storeId}`, signal);
    return { leader: leaderWeight, region: regionWeight };
  },
  async undo({ pd }, { storeId }, { captured, signal }) {
    const former = parse(Weights, captured, `the former weights of store/${storeId}`);
    await pd.change(weigh(storeId, former), signal);
    return `Set the weights of store/${storeId} back to ${former.leader} and ${former.region}`;
  },
});

/** What a store's limit is about. */
const Kind = v.pipe(v.picklist(["add-peer", "remove-peer"]), v.description("Replicas that come, or replicas that go."));

const Rate = v.pipe(v.number(), v.gtValue(0), v.description("Replicas per minute, more than 0."));

const Former = v.object({ rate: v.number() });

/** Sets how fast PD may move replicas to or from one store. */
export const setStoreLimit = defineAction({
  id: "set-store-limit",
  description: "Set how many replicas per minute PD may add to or remove from one store; 15 is the default.",
  risk: "reversible",
  input: v.object({ storeId: StoreId, type: Kind, rate: Rate }),
  preview: ({ storeId, type, rate }) => ({
    sends: shown(limit(storeId, type, rate)),
    expectedEffect: `PD moves at most ${rate} replicas per minute (${type}) for store/${storeId}`,
    entities: [`store/${storeId}`],
    stops: [],
  }),
  async run({ pd }: TikvClient, { storeId, type, rate }, signal) {
    await pd.change(limit(storeId, type, rate), signal);
    return `Set the limit ${type} of store/${storeId} to ${rate} per minute`;
  },
  postCondition: async (client, { storeId, type, rate }, signal) =>
    (await rateOf(client, { storeId, type }, signal)) === rate,
  async capture(client, { storeId, type }, signal) {
    return { rate: await rateOf(client, { storeId, type }, signal) };
  },
  async undo({ pd }, { storeId, type }, { captured, signal }) {
    const { rate } = parse(Former, captured, `the former limit of store/${storeId}`);
    await pd.change(limit(storeId, type, rate), signal);
    return `Set the limit ${type} of store/${storeId} back to ${rate} per minute`;
  },
});

interface Limited {
  readonly storeId: number;
  readonly type: "add-peer" | "remove-peer";
}

const Limits = v.record(v.string(), v.object({ "add-peer": v.number(), "remove-peer": v.number() }));

async function rateOf({ pd }: TikvClient, { storeId, type }: Limited, signal: AbortSignal): Promise<number | null> {
  const limits = parse(Limits, await pd.raw("/stores/limit", signal), "store limits");
  return limits[`${storeId}`]?.[type] ?? null;
}

function weigh(storeId: number, weights: v.InferOutput<typeof Weights>): PdChange {
  return { method: "POST", path: `/store/${storeId}/weight`, body: weights };
}

function limit(storeId: number, type: string, rate: number): PdChange {
  return { method: "POST", path: `/store/${storeId}/limit`, body: { rate, type } };
}
