/** Input fields that actions share, and how a change reads. */

import * as v from "valibot";
import type { PdChange } from "../client/pd-client.ts";

const Id = v.pipe(v.number(), v.integer(), v.minValue(1));

/** Number of a store. */
export const StoreId = v.pipe(Id, v.description("Number of the store by PD, for instance 4."));

/** Number of a region. */
export const RegionId = v.pipe(Id, v.description("Number of the region by PD, for instance 2."));

/** A change as it is sent, on one line. */
export function shown({ method, path, body }: PdChange): string {
  return [method, `/pd/api/v1${path}`, body !== undefined && JSON.stringify(body)].filter(Boolean).join(" ");
}

/** The number of a store component; `undefined` for any other. */
export function storeIdOf(component: string): number | undefined {
  const digits = /^store\/(?<id>\d+)$/.exec(component)?.groups?.["id"];
  return digits === undefined ? undefined : Number(digits);
}
