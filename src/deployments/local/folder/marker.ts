/** The marker of a deployment's folder: only a folder that has one is ours, and whose it is now stands in it. */

import * as v from "valibot";
import { isComponentId } from "../../../core/words/ids.ts";
import { hasCode, readUnlinked, writeWhole } from "../../../io/files/file.ts";
import { readPrivate } from "../../../io/files/private.ts";

/** The schema of a process as a marker and a journal hold it. */
export const Identity = v.object({ pid: v.number(), startTime: v.string() });

const Marker = v.object({
  format: v.literal("operator-deployment"),
  version: v.literal(1),
  /** Random for each time it is brought up; every process of the deployment has it in its environment. */
  id: v.string(),
  /** Where it was brought up. */
  machineId: v.string(),
  /** Who holds it; absent where it was taken down in good order, or never up. */
  supervisor: v.exactOptional(Identity),
  /** Names of the files in the folder of secrets. */
  secrets: v.array(v.pipe(v.string(), v.regex(/^\w[\w-]*$/))),
  /** Components whose logs and working folders are here. */
  components: v.array(v.pipe(v.string(), v.guard(isComponentId))),
  /** Random, once somebody has taken it over: anyone who held it finds that it is not theirs any more. */
  takenOver: v.exactOptional(v.string()),
});

/** What the marker of a deployment's folder says. */
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

/** The marker in that file; `undefined` if it is none that we wrote. */
export function readMarker(path: string): Marker | undefined {
  const marker = v.safeParse(StoredMarker, readPrivate(path));
  return marker.success ? marker.output : undefined;
}

/**
 * Writes a marker, and hands back a question: whether the file is still exactly this one. What cannot be read for a while
 * still is, so that no trouble of the disk takes a deployment down.
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
