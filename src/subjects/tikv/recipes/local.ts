/**
 * A TiKV cluster on this machine: three PDs and three stores that emulate PD and TiKV, each a process of this executable, each
 * way between two of them a link of its own. The real programs run by Compose, `tiup playground` or a cluster of one's own.
 */

import type { PlannedLink, PlannedProcess, Recipe, Site } from "../../../deployments/recipe.ts";
import { prometheusProcess } from "../../../deployments/recipes/prometheus.ts";

/** How large a cluster is, and how it is set. */
export interface TikvOptions {
  readonly pds: number;
  readonly stores: number;
  readonly regions: number;
  readonly prometheus: boolean;
  /** As Go prints it: how long a store may be silent until its replicas are made anew. */
  readonly maxStoreDownTime: string;
  /** Seconds that a replica may be silent until it is reported as down. */
  readonly peerDownSeconds: number;
}

const HOST = "127.0.0.1";

/** File from which a process learns what it is. */
const FILE = "emulated.json";

/** Ids as PD gives them: regions and replicas take numbers between the first store and the others. */
const FIRST_STORE = 1;
const NEXT_STORES = 4;

/** The recipe of an emulated cluster. */
export function emulatedTikv(options: TikvOptions): Recipe {
  return {
    subject: "tikv",
    settings: {
      pds: `${options.pds}`,
      stores: `${options.stores}`,
      regions: `${options.regions}`,
      "max-store-down-time": options.maxStoreDownTime,
      emulated: "tikv",
    },
    local: (site) => localCluster(options, site),
  };
}

/** One store before it is planned. */
interface StoreAddresses {
  readonly id: number;
  /** Data port, at which clients and other stores reach it. */
  readonly address: string;
  readonly statusAddress: string;
}

function localCluster(options: TikvOptions, site: Site) {
  const takeAddress = (): string => `${HOST}:${site.takePort()}`;
  const pds = Array.from({ length: options.pds }, (_, index) => ({ name: `pd${index}`, address: takeAddress() }));
  const stores = Array.from({ length: options.stores }, (_, index) => ({
    id: index === 0 ? FIRST_STORE : NEXT_STORES + index - 1,
    address: takeAddress(),
    statusAddress: takeAddress(),
  }));
  const links = linksOf(pds, stores, takeAddress);
  const pdProcesses = pds.map((pd) => pdProcess(pd, { pds, links, options, site }));
  const storeProcesses = stores.map((store) => storeProcess(store, { pds, links, options, site }));
  const scraped = [...pdProcesses, ...storeProcesses];
  const watching = options.prometheus ? [prometheusProcess(site, scraped)] : [];
  return { processes: [...scraped, ...watching], links };
}

interface Pd {
  readonly name: string;
  readonly address: string;
}

/** Each PD reaches each other PD, each store each PD and each other store over a link of its own. */
function linksOf(pds: readonly Pd[], stores: readonly StoreAddresses[], takeAddress: () => string): PlannedLink[] {
  const link = (from: PlannedLink["from"], to: PlannedLink["to"], target: string): PlannedLink[] =>
    from === to ? [] : [{ from, to, address: takeAddress(), target }];
  return [
    ...pds.flatMap((one) => pds.flatMap((other) => link(`pd/${one.name}`, `pd/${other.name}`, other.address))),
    ...stores.flatMap((store) => pds.flatMap((pd) => link(`store/${store.id}`, `pd/${pd.name}`, pd.address))),
    ...stores.flatMap((one) => stores.flatMap((other) => link(`store/${one.id}`, `store/${other.id}`, other.address))),
  ];
}

interface Planning {
  readonly pds: readonly Pd[];
  readonly links: readonly PlannedLink[];
  readonly options: TikvOptions;
  readonly site: Site;
}

function pdProcess({ name, address }: Pd, { pds, links, options, site }: Planning): PlannedProcess {
  const others = pds
    .filter((other) => other.name !== name)
    .map((other) => ({
      name: other.name,
      address: addressOf(links, `pd/${name}`, `pd/${other.name}`),
      clientAddress: other.address,
    }));
  const { regions: regionCount, stores: storeCount, maxStoreDownTime } = options;
  const file = { role: "pd", name, address, others, regionCount, storeCount, maxStoreDownTime };
  return {
    id: `pd/${name}`,
    kind: "pd",
    address,
    command: [...site.operator, "emulate-tikv", "--file", FILE],
    ready: { by: "http", path: "/pd/api/v1/ping" },
    after: [],
    environment: "operator",
    files: { [FILE]: JSON.stringify(file) },
  };
}

function storeProcess(
  { id, address, statusAddress }: StoreAddresses,
  { pds, links, options, site }: Planning,
): PlannedProcess {
  const own = `store/${id}` as const;
  const toStores = links.filter(({ from, to }) => from === own && to.startsWith("store/"));
  const file = {
    role: "store",
    id,
    address,
    statusAddress,
    pd: pds.map(({ name }) => addressOf(links, own, `pd/${name}`)),
    links: Object.fromEntries(toStores.map(({ to, address: at }) => [to.slice("store/".length), at])),
    peerDownSeconds: options.peerDownSeconds,
  };
  return {
    id: own,
    kind: "store",
    address: statusAddress,
    command: [...site.operator, "emulate-tikv", "--file", FILE],
    // Replicas are placed when all stores have come: none waits for another one.
    ready: { by: "http", path: "/emulator/ready" },
    after: pds.map(({ name }) => `pd/${name}` as const),
    environment: "operator",
    files: { [FILE]: JSON.stringify(file) },
  };
}

function addressOf(links: readonly PlannedLink[], from: string, to: string): string {
  const link = links.find((one) => one.from === from && one.to === to);
  if (!link) throw new RangeError(`Cannot find the link from ${from} to ${to}`);
  return link.address;
}
