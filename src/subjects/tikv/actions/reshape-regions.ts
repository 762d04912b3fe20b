/** Splitting, merging and scattering regions. */

import * as v from "valibot";
import { defineAction } from "../../../core/subject/action.ts";
import { ProbeError } from "../../../core/text/errors.ts";
import type { TikvClient } from "../client/client.ts";
import type { PdChange } from "../client/pd-client.ts";
import { RegionId, shown } from "./fields.ts";
import { isRunning, operator } from "./move-replicas.ts";

/** Splits one region in two. */
export const splitRegion = defineAction({
  id: "split-region",
  description:
    "Split one region in the middle, so that its halves can be led by two stores. Helps when one region is hot.",
  risk: "reversible",
  input: v.object({ regionId: RegionId }),
  fixes: ({ mechanism, component: { labels } }) => {
    const region = labels?.["hottest_region"];
    return mechanism === "skewed-load" && region !== undefined ? { regionId: Number(region) } : undefined;
  },
  preview: ({ regionId }) => ({
    sends: shown(split(regionId)),
    expectedEffect: `region ${regionId} is split into two regions`,
    entities: [`region/${regionId}`],
    stops: [],
  }),
  async run({ pd }: TikvClient, { regionId }, signal) {
    await pd.change(split(regionId), signal);
    return `Asked PD to split region ${regionId}`;
  },
  // PD keeps the newest operator of a region for ten minutes.
  postCondition: async ({ pd }, { regionId }, signal) =>
    /status: SUCCESS.*split/is.test((await pd.operatorOf(`${regionId}`, signal)) ?? ""),
  repeats: true,
});

/** Merges one region into its neighbour. */
export const mergeRegion = defineAction({
  id: "merge-region",
  description: "Merge one region into the one beside it. Helps when there are very many small regions.",
  risk: "reversible",
  input: v.object({ sourceRegionId: RegionId, targetRegionId: RegionId }),
  preview: ({ sourceRegionId, targetRegionId }) => ({
    sends: shown(merge(sourceRegionId, targetRegionId)),
    expectedEffect: `region ${targetRegionId} contains the keys of region ${sourceRegionId}, which no longer exists`,
    entities: [`region/${sourceRegionId}`, `region/${targetRegionId}`],
    stops: [],
  }),
  async run({ pd }: TikvClient, { sourceRegionId, targetRegionId }, signal) {
    await pd.change(merge(sourceRegionId, targetRegionId), signal);
    return `Asked PD to merge region ${sourceRegionId} into region ${targetRegionId}`;
  },
  async postCondition({ pd }, { sourceRegionId }, signal) {
    try {
      await pd.region(`${sourceRegionId}`, signal);
      return false;
    } catch (error) {
      if (error instanceof ProbeError && error.message.startsWith("Cannot find region")) return true;
      throw error;
    }
  },
});

/** Spreads one region's replicas and leader. */
export const scatterRegion = defineAction({
  id: "scatter-region",
  description:
    "Have PD choose new stores for the replicas and the leader of one region. PD refuses this for a hot region.",
  risk: "reversible",
  input: v.object({ regionId: RegionId }),
  preview: ({ regionId }) => ({
    sends: shown(scatter(regionId)),
    expectedEffect: `region ${regionId} is placed by PD; nothing moves if it is placed well already`,
    entities: [`region/${regionId}`],
    stops: [],
  }),
  async run({ pd }: TikvClient, { regionId }, signal) {
    await pd.change(scatter(regionId), signal);
    return `Asked PD to scatter region ${regionId}`;
  },
  postCondition: async ({ pd }, { regionId }, signal) => !isRunning(await pd.operatorOf(`${regionId}`, signal)),
  repeats: true,
});

function split(regionId: number): PdChange {
  return operator({ name: "split-region", region_id: regionId, policy: "approximate" });
}

function merge(source: number, target: number): PdChange {
  return operator({ name: "merge-region", source_region_id: source, target_region_id: target });
}

function scatter(regionId: number): PdChange {
  return operator({ name: "scatter-region", region_id: regionId });
}
