/** What should be there: PD as the watcher was told, stores as it was told or as PD has registered them. */

import type { Group, Picture, Topology } from "../../core/system/picture.ts";
import type { ComponentId } from "../../core/words/ids.ts";
import type { TikvConfig } from "./config.ts";

/** All that sends requests, so that a surge can be somebody's fault. */
export const CLIENTS: ComponentId = "clients/all";

/** The cluster as a whole, so that a wrong setting of PD's can be somebody's fault. */
export const CLUSTER: ComponentId = "cluster/tikv";

/** Members of PD together. */
const PD_GROUP = "group/pd";

/** Stores together: one replica of each region may be missing. */
const STORE_GROUP = "group/stores";

/** Members of PD, stores, who asks them, and the whole. */
export function topology({ pd, stores }: TikvConfig, known: Picture | undefined): Topology {
  const pds = pd.map(({ id, address }) => ({ id: `pd/${id}` as const, kind: "pd", address: hostPort(address) }));
  const expected = stores?.map(({ id, address }) => ({ id: `store/${id}` as const, kind: "store", address }));
  const all = expected ?? registered(known);
  return {
    components: [...pds, ...all, { id: CLIENTS, kind: "clients" }, { id: CLUSTER, kind: "cluster" }],
    links: [
      ...all.flatMap(({ id }) => [
        { from: CLUSTER, to: id, kind: "replica" },
        { from: CLIENTS, to: id, kind: "grpc" },
      ]),
      ...pds.map(({ id }) => ({ from: CLUSTER, to: id, kind: "quorum" })),
    ],
    groups: [
      group(PD_GROUP, pds, Math.floor(pds.length / 2) + 1),
      group(STORE_GROUP, all, Math.max(0, all.length - 1)),
    ],
  };
}

/** What PD's register had when it was last read; one that it has no more was put into the picture by core, without labels. */
function registered(known: Picture | undefined): Topology["components"] {
  return (known?.components ?? []).flatMap(({ id, kind, address, labels }) =>
    kind === "store" && labels?.["state"] !== undefined
      ? [{ id, kind, ...(address !== undefined && { address }) }]
      : [],
  );
}

function group(id: Group["id"], members: readonly { readonly id: ComponentId }[], minimumUp: number): Group {
  return { id, members: members.map((member) => member.id), minimumUp };
}

/** An address without its scheme. */
export function hostPort(address: string): string {
  return address.replace(/^https?:\/\//, "");
}
