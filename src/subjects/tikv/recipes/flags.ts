/** What a person may say when an emulated cluster is brought up: its size, what runs beside it, and PD's patience. */

import * as v from "valibot";
import { Count, DurationMs } from "../../../core/text/units.ts";
import type { Flags } from "../../../deployments/lab.ts";
import type { Recipe } from "../../../deployments/recipe.ts";
import { emulatedTikv } from "./local.ts";

const MAX_PROCESSES = 9;

const Members = v.pipe(
  Count,
  v.minValue(1, "Cannot run less than 1"),
  v.maxValue(MAX_PROCESSES, `Cannot run more than ${MAX_PROCESSES} on one machine`),
);

const Regions = v.pipe(
  Count,
  v.minValue(1, "Cannot have less than 1 region"),
  v.maxValue(100_000, "Cannot have more than 100,000 regions"),
);

/** Flags of `operator up tikv`. */
export const upFlags: Flags<Recipe> = v.pipe(
  v.object({
    pds: v.optional(v.pipe(Members, v.description("How many PDs"), v.metadata({ hint: "count" })), "3"),
    stores: v.optional(v.pipe(Members, v.description("How many stores"), v.metadata({ hint: "count" })), "3"),
    regions: v.optional(v.pipe(Regions, v.description("How many regions"), v.metadata({ hint: "count" })), "28"),
    with: v.optional(v.pipe(v.picklist(["prometheus"]), v.description("What to run beside it"))),
    maxStoreDownTime: v.optional(
      v.pipe(
        DurationMs,
        v.minValue(1000, 'Cannot be less than "1s"'),
        v.description("How long a store may be silent until PD replaces its replicas"),
        v.metadata({ hint: "duration" }),
      ),
      "30m",
    ),
    peerDown: v.optional(
      v.pipe(
        DurationMs,
        v.minValue(1000, 'Cannot be less than "1s"'),
        v.description("How long a replica may be silent until its leader reports it as down"),
        v.metadata({ hint: "duration" }),
      ),
      "30s",
    ),
  }),
  v.transform(({ pds, stores, regions, with: beside, maxStoreDownTime, peerDown }) =>
    emulatedTikv({
      pds,
      stores,
      regions,
      prometheus: beside === "prometheus",
      maxStoreDownTime: goDuration(maxStoreDownTime),
      peerDownSeconds: peerDown / 1000,
    }),
  ),
);

/** As Go prints it: `30m0s`. */
function goDuration(ms: number): string {
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor((ms % 3_600_000) / 60_000);
  const seconds = (ms % 60_000) / 1000;
  return `${hours > 0 ? `${hours}h` : ""}${hours > 0 || minutes > 0 ? `${minutes}m` : ""}${seconds}s`;
}
