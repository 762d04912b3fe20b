/** Reads PD's register of stores. At 1,000 stores one reading costs PD up to half a second of a core. */

import { ProbeError } from "../../../core/text/errors.ts";
import { leadingPd } from "../leader.ts";
import { probe } from "../observation.ts";

/** Milliseconds of PD's CPU that one store in the register costs at most, as recorded of PD v8.5.7 with 1,000 of them. */
const COST_MS = 0.5;

/** Share of a core of PD that reading the register may take. */
const SHARE = 1 / 40;

/** Every store that PD has registered, as PD sees it. */
export const stores = probe("stores", {
  everyMs: 10_000,
  restMs: ({ value = [] }) => (value.length * COST_MS) / SHARE,
  timeoutMs: ({ pdTimeoutMs }) => pdTimeoutMs,
  after: ["members"],
  async read(client, { readings, signal }) {
    const all = await leadingPd(client, readings.members).stores(signal);
    // A cluster begins with its first store: where none is listed, nothing is known of those that there are.
    if (all.length === 0) throw new ProbeError("Cannot read the stores: PD lists none", { outcome: "foreign-answer" });
    return all;
  },
});
