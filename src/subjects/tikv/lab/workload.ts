/** Reads and writes as traffic: what is asked of the emulated cluster, and what its answers mean. */

import * as v from "valibot";
import type { Exchange, Reading, Workload } from "../../../core/subject/workload.ts";
import type { Flags, MakeWorkload } from "../../../deployments/lab.ts";

/** What is asked for. */
export interface ReadsAndWritesOptions {
  /** Share of writes, from 0 to 1. @default {0.5} */
  readonly writeRatio?: number;
  /** The one of {@linkcode RANGES} in which all keys lie, as those of a table that is appended to. @default all of them */
  readonly range?: number;
}

/** Ranges that keys can be asked for alone. */
export const RANGES = 16;

/** The one that is asked for where nothing depends on which. */
export const ONE_RANGE = 7;

/** Flags of `operator load` for a cluster. */
export const loadFlags: Flags<MakeWorkload> = v.pipe(
  v.object({
    writeRatio: v.optional(
      v.pipe(
        v.string(),
        v.transform(Number),
        v.minValue(0, "Cannot write less than nothing, expected a share from 0 to 1"),
        v.maxValue(1, "Cannot write more than everything, expected a share from 0 to 1"),
        v.description("Share of requests that write, from 0 to 1"),
        v.metadata({ hint: "ratio" }),
      ),
    ),
    oneRange: v.optional(v.pipe(v.boolean(), v.description("Ask for keys of one range only"))),
  }),
  v.transform(
    ({ writeRatio, oneRange }): MakeWorkload =>
      () =>
        readsAndWrites({ ...(writeRatio !== undefined && { writeRatio }), ...(oneRange && { range: ONE_RANGE }) }),
  ),
);

const OK: Reading = { outcome: "ok", correct: true, degraded: false };

/** Reads and writes of many keys. */
export function readsAndWrites({ writeRatio = 0.5, range }: ReadsAndWritesOptions): Workload {
  // Requests alternate by their number, so that the share is kept however few there are.
  let asked = 0;
  return {
    id: "reads-and-writes",
    outcomes: ["ok"],
    request(key) {
      asked += 1;
      const isWrite = Math.floor(asked * writeRatio) > Math.floor((asked - 1) * writeRatio);
      return { method: isWrite ? "PUT" : "GET", path: `/kv/${keyName(key, range)}` };
    },
    read: ({ answer }: Exchange) => (answer.status === 200 ? OK : failed(answer.status, answer.body)),
  };
}

/** Keys of numbers side by side lie far apart, or all in one range. */
export function keyName(key: number, range?: number): string {
  const hash = range === undefined ? Bun.hash.xxHash32(`key ${key}`) : range * 2 ** 28 + (key % 4096);
  return `t${hash.toString(16).padStart(8, "0")}`;
}

function failed(status: number, body: string): Reading {
  const error = /"error":"(?<error>[\w ]+)"/.exec(body)?.groups?.["error"];
  return { outcome: error?.replaceAll(" ", "-") ?? `status-${status}`, correct: false, degraded: false };
}
