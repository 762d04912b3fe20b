/** Finds the component of a deployment for a subject's id. */

import { joinDeployed } from "../core/system/join.ts";
import type { Topology } from "../core/system/picture.ts";
import type { DeployedComponent } from "../core/system/process.ts";
import { InvalidInputError } from "../core/text/errors.ts";
import type { ComponentId } from "../core/words/ids.ts";
import type { Deployment } from "./deployment.ts";

/** The deployed component of each component of a subject. Components on which the two disagree are left out. */
export function joinComponents(
  { components }: Pick<Topology, "components">,
  deployment: Pick<Deployment, "components">,
): ReadonlyMap<ComponentId, DeployedComponent> {
  const joins = joinDeployed(components, deployment.components);
  return new Map([...joins].flatMap(([id, join]) => ("deployed" in join ? [[id, join.deployed] as const] : [])));
}

/**
 * The deployed component of an id, by the topology or by the deployment's own name.
 * @throws {InvalidInputError} If there is none, or the two disagree about it.
 */
export function resolveComponent(
  component: string,
  topology: Topology,
  deployment: Pick<Deployment, "id" | "components">,
): DeployedComponent {
  const joins = joinDeployed(topology.components, deployment.components);
  const join = new Map<string, ReturnType<typeof joins.get>>(joins).get(component);
  if (join && "conflict" in join) {
    throw new InvalidInputError(`Cannot tell which process is "${component}": ${join.conflict.summary}`);
  }
  const deployed = join?.deployed ?? deployment.components.find(({ id }) => id === component);
  if (deployed) return deployed;
  const known = [...new Set([...joins.keys(), ...deployment.components.map(({ id }) => id)])];
  throw new InvalidInputError(
    `Cannot find component "${component}" in deployment "${deployment.id}", expected one of ${known.join(", ")}`,
  );
}
