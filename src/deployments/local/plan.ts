/** What a local deployment consists of, as data: recipes write it, the supervisor carries it out, every later command reads it. */

import * as v from "valibot";
import { type ComponentId, isComponentId } from "../../core/words/ids.ts";
import type { LinkId, Part, PartLink } from "../deployment.ts";

const Id = v.pipe(v.string(), v.guard(isComponentId));

/** How a ready process answers at its address. */
const Ready = v.variant("by", [
  v.object({ by: v.literal("http"), path: v.string() }),
  /** `password` is the name of a secret. */
  v.object({ by: v.literal("redis"), password: v.exactOptional(v.string()) }),
  v.object({ by: v.literal("tcp") }),
]);

const PlannedProcess = v.object({
  id: Id,
  kind: v.string(),
  /** `host:port`. */
  address: v.string(),
  command: v.array(v.string()),
  ready: Ready,
  /** Processes that must be ready first, and that end later. */
  after: v.array(Id),
  /** What it gets of the environment. @default {"program"} */
  environment: v.exactOptional(v.picklist(["operator", "program"])),
  /** Files that it finds in its working folder, by name; a secret in one is only marked. */
  files: v.record(v.string(), v.string()),
});

const PlannedLink = v.object({
  from: Id,
  to: Id,
  /** `host:port` of the proxy, given to `from` in place of the target. */
  address: v.string(),
  /** `host:port` behind the proxy. */
  target: v.string(),
});

/** The schema of {@linkcode Plan}. */
export const Plan = v.object({
  name: v.string(),
  subject: v.string(),
  settings: v.record(v.string(), v.string()),
  processes: v.array(PlannedProcess),
  links: v.array(PlannedLink),
});

/** A whole deployment. */
export type Plan = v.InferOutput<typeof Plan>;
/** One process of it. */
export type PlannedProcess = v.InferOutput<typeof PlannedProcess>;
/** One link of it. */
export type PlannedLink = v.InferOutput<typeof PlannedLink>;
/** How a ready process answers. */
export type Ready = v.InferOutput<typeof Ready>;

/** The name of a link. */
export function linkId({ from, to }: Pick<PlannedLink, "from" | "to">): LinkId {
  return `${from}->${to}`;
}

/** The parts as a deployment lists them. */
export function partsOf({ processes, links }: Plan): readonly Part[] {
  return processes.map(({ id, kind, address }) => ({ id, kind, address, linkAddresses: addressesOf(id, links) }));
}

/** The links as a deployment lists them. */
export function partLinksOf({ links }: Plan): readonly PartLink[] {
  return links.map(({ from, to, address }) => ({ id: linkId({ from, to }), from, to, address }));
}

function addressesOf(id: ComponentId, links: readonly PlannedLink[]): readonly string[] {
  return links.filter(({ to }) => to === id).map(({ address }) => address);
}
