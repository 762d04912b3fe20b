/** The plan of a local deployment, as data: made from a recipe, executed by the supervisor, read by every later command. */

import * as v from "valibot";
import type { DeployedComponent } from "../../core/system/process.ts";
import type { ComponentId } from "../../core/words/ids.ts";
import type { DeployedLink, LinkId } from "../deployment.ts";
import { PlannedLink, PlannedProcess } from "../recipe.ts";

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

/** The name of a link. */
export function linkId({ from, to }: Pick<PlannedLink, "from" | "to">): LinkId {
  return `${from}->${to}`;
}

/** The components as a deployment lists them. */
export function deployedComponentsOf({ processes, links }: Plan): readonly DeployedComponent[] {
  return processes.map(({ id, kind, address }) => ({ id, kind, address, linkAddresses: addressesOf(id, links) }));
}

/** The links as a deployment lists them. */
export function deployedLinksOf({ links }: Plan): readonly DeployedLink[] {
  return links.map(({ from, to, address }) => ({ id: linkId({ from, to }), from, to, address }));
}

function addressesOf(id: ComponentId, links: readonly PlannedLink[]): readonly string[] {
  return links.filter(({ to }) => to === id).map(({ address }) => address);
}
