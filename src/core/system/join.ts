/**
 * Joins what a subject knows of its components to what a deployment runs: by address, and by the identity that a component
 * itself tells. Where these disagree nothing is joined.
 */

import type { ComponentId } from "../words/ids.ts";
import type { DeployedComponent } from "./process.ts";

/** A component as its subject knows it. */
export interface Joinable {
  readonly id: ComponentId;
  readonly address?: string;
  /** The id that the component tells of itself. */
  readonly identity?: ComponentId;
}

/** Why a component cannot be said to be one of the deployment's. */
export interface Conflict {
  readonly reason: "wrong-identity" | "foreign-address";
  readonly summary: string;
}

/** What runs a component, or the disagreement about it. */
export type Join<Deployed> = { readonly deployed: Deployed } | { readonly conflict: Conflict };

/** By component; one that the deployment does not run, and that contradicts nothing, is left out. */
export function joinDeployed<Deployed extends DeployedComponent>(
  components: readonly Joinable[],
  deployed: readonly Deployed[],
): ReadonlyMap<ComponentId, Join<Deployed>> {
  const byId = new Map(deployed.map((one) => [one.id, one]));
  const byAddress = new Map(
    deployed.flatMap((one) => [one.address, ...one.linkAddresses].map((address) => [normalize(address), one] as const)),
  );
  return new Map(
    components.flatMap((component) => {
      const { id, address } = component;
      const there = address === undefined ? undefined : byAddress.get(normalize(address));
      const join = joinOne(component, { there, named: byId.get(id) });
      return join ? [[id, join] as const] : [];
    }),
  );
}

interface Candidates<Deployed> {
  /** What the deployment runs at the component's address. */
  readonly there: Deployed | undefined;
  /** What the deployment calls by the component's id. */
  readonly named: Deployed | undefined;
}

function joinOne<Deployed extends DeployedComponent>(
  { id, address, identity }: Joinable,
  { there, named }: Candidates<Deployed>,
): Join<Deployed> | undefined {
  if (identity !== undefined && identity !== id) {
    const at = address === undefined ? "" : ` at ${address}`;
    return { conflict: { reason: "wrong-identity", summary: `${id}${at} says that it is ${identity}` } };
  }
  if (!named || named === there) return there && { deployed: there };
  if (address === undefined) return { deployed: named };
  const instead = there ? `runs ${there.id} there, and ${id}` : `runs it`;
  const summary = `${id} is at ${address}, but the deployment ${instead} at ${named.address}`;
  return { conflict: { reason: "foreign-address", summary } };
}

/** Whether two addresses are one: `localhost`, `127.1`, `[::1]` and `127.0.0.1` are the same host, in any case. */
export function sameAddress(one: string, other: string): boolean {
  return normalize(one) === normalize(other);
}

function normalize(address: string): string {
  const bare = address.replace(/^[a-z]+:\/\//i, "").replace(/\/$/, "");
  // As every client reads a host: in lower case, and short forms of an IPv4 address written out.
  const host = URL.parse(`ws://${bare}`)?.hostname ?? bare;
  const port = /:\d+$/.exec(bare)?.[0] ?? "";
  return /^(?:localhost|\[::1\]|127\.0\.0\.1)$/.test(host) ? `127.0.0.1${port}` : `${host}${port}`;
}
