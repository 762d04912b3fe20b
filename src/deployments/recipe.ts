/** A recipe: given a place on this machine, it describes the processes and links of a subject's cluster. */

import * as v from "valibot";
import { isComponentId } from "../core/words/ids.ts";

const Id = v.pipe(v.string(), v.guard(isComponentId));

/** How to check that a process is ready. */
const Ready = v.variant("by", [
  v.object({ by: v.literal("http"), path: v.string() }),
  /** `password` is the name of a secret. */
  v.object({ by: v.literal("redis"), password: v.exactOptional(v.string()) }),
  v.object({ by: v.literal("tcp") }),
]);

/** The schema of {@linkcode PlannedProcess}. */
export const PlannedProcess = v.object({
  id: Id,
  kind: v.string(),
  /** `host:port`. */
  address: v.string(),
  command: v.array(v.string()),
  ready: Ready,
  /** Processes that must be ready before this one starts, and that end after it. */
  after: v.array(Id),
  /** The part of the environment that it inherits. @default {"program"} */
  environment: v.exactOptional(v.picklist(["operator", "program"])),
  /** Files in its working folder, by name; secrets in them are marks. */
  files: v.record(v.string(), v.string()),
});

/** The schema of {@linkcode PlannedLink}. */
export const PlannedLink = v.object({
  from: Id,
  to: Id,
  /** `host:port` of the proxy, given to `from` in place of the target. */
  address: v.string(),
  /** `host:port` behind the proxy. */
  target: v.string(),
});

/** How to check that a process is ready. */
export type Ready = v.InferOutput<typeof Ready>;
/** One process of a cluster. Its id is the subject's own for that component. */
export type PlannedProcess = v.InferOutput<typeof PlannedProcess>;
/** One link of a cluster. */
export type PlannedLink = v.InferOutput<typeof PlannedLink>;

/** The machine as a recipe sees it. */
export interface Site {
  /** A free port of the loopback interface, never the same twice. */
  readonly takePort: () => number;
  /** The command that starts this executable. */
  readonly operator: readonly string[];
  /**
   * The path of a program.
   * @throws {Error} If it is missing, with how to get it.
   */
  readonly program: (name: string, howToGet: string) => string;
  /** The path of the file that will hold a secret of the instance. */
  readonly secretFile: (name: string) => string;
}

/** A cluster as processes of one machine. */
export interface LocalCluster {
  readonly processes: PlannedProcess[];
  readonly links: PlannedLink[];
}

/** How to run one subject, by each driver that can. */
export interface Recipe {
  /** Id of the subject. */
  readonly subject: string;
  /** Settings of the subject, by the names of its own flags. */
  readonly settings: Readonly<Record<string, string>>;
  /** Makes the secrets of one instance, by the names of their files. @default none */
  readonly secrets?: () => Readonly<Record<string, string>>;
  /** As processes of this machine. */
  readonly local?: (site: Site) => LocalCluster;
}

/** The mark of a secret in a planned file, replaced when the file is written. */
export function secretMark(name: string): string {
  return `<<secret ${name}>>`;
}
