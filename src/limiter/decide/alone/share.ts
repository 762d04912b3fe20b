/** The part of a limit that one node may admit while it decides alone: the parts of all nodes together are the limit. */

import type { CheckRequest } from "../decision.ts";

/** One node among all. */
export interface Place {
  /** Number of nodes, this one included. */
  readonly nodes: number;
  /** Its position among them, from 0. */
  readonly position: number;
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * Units per window: the limit divided by the number of nodes. The remainder goes to nodes that depend on the key, one
 * unit each. An overlap multiplies the part of every node, up to the limit.
 */
export function shareOf(
  { key, limit }: Pick<CheckRequest, "key" | "limit">,
  { nodes, position }: Place,
  overlap = 1,
): number {
  const remainder = (hashOf(key) + position) % nodes < limit % nodes ? 1 : 0;
  return Math.min(limit, (Math.floor(limit / nodes) + remainder) * Math.min(overlap, nodes));
}

/** FNV-1a of the code units, 32 bits: the same on every node, whatever its version. */
function hashOf(key: string): number {
  let hash = FNV_OFFSET;
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), FNV_PRIME);
  return hash >>> 0;
}
