/** Joins a subject's components to a deployment's parts: each side has its own names, both know the addresses. */

import type { Topology } from "../core/system/picture.ts";
import { InvalidInputError } from "../core/text/errors.ts";
import { type ComponentId, isComponentId } from "../core/words/ids.ts";
import type { Deployment, Part } from "./deployment.ts";

/** The part that runs each component: the one at its address, or reached there over a link, else the one of its id. */
export function joinParts(topology: Topology, { parts }: Pick<Deployment, "parts">): ReadonlyMap<ComponentId, Part> {
  const byId = new Map(parts.map((part) => [part.id, part]));
  const byAddress = new Map(
    parts.flatMap((part) => [part.address, ...part.linkAddresses].map((address) => [normalize(address), part])),
  );
  const joined = topology.components.flatMap(({ id, address }) => {
    const part = (address && byAddress.get(normalize(address))) || byId.get(id);
    return part ? [[id, part] as const] : [];
  });
  return new Map(joined);
}

/**
 * The part that a component's id means, by the topology or as the deployment's own name.
 * @throws {InvalidInputError} If there is none.
 */
export function resolvePart(component: string, topology: Topology, deployment: Pick<Deployment, "id" | "parts">): Part {
  const joined = joinParts(topology, deployment);
  const own = deployment.parts.find(({ id }) => id === component);
  const part = (isComponentId(component) ? joined.get(component) : undefined) ?? own;
  if (part) return part;
  const known = [...new Set([...joined.keys(), ...deployment.parts.map(({ id }) => id)])];
  throw new InvalidInputError(
    `Cannot find component "${component}" in deployment "${deployment.id}", expected one of ${known.join(", ")}`,
  );
}

function normalize(address: string): string {
  return address
    .replace(/^[a-z]+:\/\//, "")
    .replace(/^(localhost|\[::1\]):/, "127.0.0.1:")
    .replace(/\/$/, "");
}
