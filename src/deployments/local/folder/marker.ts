/** The marker of a deployment's folder: only a folder with one is a deployment, and it names the current holder. */

import * as v from "valibot";
import { isComponentId } from "../../../core/words/ids.ts";
import { hasCode, readUnlinked, writeWhole } from "../../../io/files/file.ts";
import { readPrivate } from "../../../io/files/private.ts";

/** The schema of a process as a marker and a journal hold it. */
export const Identity = v.object({ pid: v.number(), startTime: v.string() });

const Marker = v.object({
  format: v.literal("operator-deployment"),
  version: v.literal(1),
  /** Random for each run; every process of the deployment has it in its environment. */
  id: v.string(),
  /** Where it was brought up. */
  machineId: v.string(),
  /** The holder; absent if it was taken down properly, or never was up. */
  supervisor: v.exactOptional(Identity),
  /** Names of the files in the folder of secrets. */
  secrets: v.array(v.pipe(v.string(), v.regex(/^\w[\w-]*$/))),
  /** Components whose logs and working folders are here. */
  components: v.array(v.pipe(v.string(), v.guard(isComponentId))),
  /** Random, set when it is taken over: a former holder sees that it no longer holds it. */
  takenOver: v.exactOptional(v.string()),
});

/** The content of a marker. */
export type Marker = v.InferOutput<typeof Marker>;

/** More than the marker of the largest deployment. */
const MOST_BYTES = 65_536;

const StoredMarker = v.pipe(v.string(), v.parseJson(), Marker);

/** A variable in the environment of every process of a deployment, as `NAME=value`. */
export function deploymentVariable({ id }: Pick<Marker, "id">): string {
  return `${DEPLOYMENT_VARIABLE}=${id}`;
}

/** Its name. */
export const DEPLOYMENT_VARIABLE = "OPERATOR_DEPLOYMENT";

/** The marker in that file; `undefined` if it is not a marker of operator. */
export function readMarker(path: string): Marker | undefined {
  const marker = v.safeParse(StoredMarker, readPrivate(path));
  return marker.success ? marker.output : undefined;
}

/**
 * Writes a marker, and returns a function that checks whether the file is still this one. While it cannot be read, it
 * counts as unchanged, so that a disk error does not take a deployment down.
 */
export function writeMarker(path: string, marker: Marker): () => boolean {
  const text = `${JSON.stringify(marker)}\n`;
  writeWhole(path, text);
  return () => {
    try {
      return readUnlinked(path, MOST_BYTES) === text;
    } catch (error) {
      return !hasCode(error, "ENOENT") && !hasCode(error, "ENOTDIR");
    }
  };
}
