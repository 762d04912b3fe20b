/** Joins a subject's components to a deployment's: each side has its own names, both know the addresses. */

import type { Topology } from "../core/system/picture.ts";
import type { DeployedComponent } from "../core/system/process.ts";
import { InvalidInputError } from "../core/text/errors.ts";
import { type ComponentId, isComponentId } from "../core/words/ids.ts";
import type { Deployment } from "./deployment.ts";

/** What runs each component: what is at its address, or reached there over a link, else what has its id. */
export function joinComponents(
  topology: Topology,
  { components }: Pick<Deployment, "components">,
): ReadonlyMap<ComponentId, DeployedComponent> {
  const byId = new Map(components.map((deployed) => [deployed.id, deployed]));
  const byAddress = new Map(
    components.flatMap((deployed) =>
      [deployed.address, ...deployed.linkAddresses].map((address) => [normalize(address), deployed] as const),
    ),
  );
  const joined = topology.components.flatMap(({ id, address }) => {
    const deployed = (address && byAddress.get(normalize(address))) || byId.get(id);
    return deployed ? [[id, deployed] as const] : [];
  });
  return new Map(joined);
}

/**
 * The deployed component that an id means, by the topology or as the deployment's own name.
 * @throws {InvalidInputError} If there is none.
 */
export function resolveComponent(
  component: string,
  topology: Topology,
  deployment: Pick<Deployment, "id" | "components">,
): DeployedComponent {
  const joined = joinComponents(topology, deployment);
  const own = deployment.components.find(({ id }) => id === component);
  const deployed = (isComponentId(component) ? joined.get(component) : undefined) ?? own;
  if (deployed) return deployed;
  const known = [...new Set([...joined.keys(), ...deployment.components.map(({ id }) => id)])];
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
