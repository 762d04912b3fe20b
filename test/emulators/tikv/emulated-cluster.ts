/** An emulated cluster within the test's own process: the same PDs and stores that `operator up tikv` runs, without links. */

import { PdServer } from "../../../src/emulators/tikv/pd/pd-server.ts";
import { StoreServer } from "../../../src/emulators/tikv/store/store-server.ts";
import { takeFreePort } from "../../../src/io/system/tcp.ts";

/** How large it is. */
export interface EmulatedOptions {
  readonly pds?: number;
  readonly stores?: number;
  readonly regions?: number;
  readonly maxStoreDownTime?: string;
  readonly peerDownSeconds?: number;
}

/** One that runs. */
export interface EmulatedCluster extends AsyncDisposable {
  readonly pds: ReadonlyMap<string, PdServer>;
  readonly stores: ReadonlyMap<number, StoreServer>;
  readonly pdAddresses: readonly string[];
  /** Of each store by id. */
  readonly statusAddresses: ReadonlyMap<number, string>;
  /** The subject's configuration. */
  readonly config: unknown;
  /** What all of them have logged. */
  readonly log: readonly string[];
}

/** Starts it, and waits until every store holds replicas and PD has heard of every region. */
export async function startEmulated(options: EmulatedOptions = {}): Promise<EmulatedCluster> {
  const {
    pds: pdCount = 3,
    stores: storeCount = 3,
    regions = 28,
    maxStoreDownTime = "30m0s",
    peerDownSeconds = 30,
  } = options;
  const take = (): string => `127.0.0.1:${takeFreePort()}`;
  const members = Array.from({ length: pdCount }, (_, index) => ({ name: `pd${index}`, address: take() }));
  const planned = Array.from({ length: storeCount }, (_, index) => ({
    id: index === 0 ? 1 : index + 3,
    address: take(),
    statusAddress: take(),
  }));
  const log: string[] = [];
  const common = {
    write: (line: string): void => void log.push(line),
    storage: { read: (): unknown => null, write: (): void => undefined },
  };
  const pds = new Map(
    members.map(({ name, address }) => {
      const others = members
        .filter((other) => other.name !== name)
        .map((other) => ({ ...other, clientAddress: other.address }));
      return [
        name,
        new PdServer({ ...common, name, address, others, regionCount: regions, storeCount, maxStoreDownTime }),
      ];
    }),
  );
  const pdAddresses = members.map(({ address }) => address);
  const stores = new Map(
    planned.map((store) => [
      store.id,
      new StoreServer({ ...common, ...store, pd: pdAddresses, links: new Map(), peerDownSeconds }),
    ]),
  );
  const cluster: EmulatedCluster = {
    pds,
    stores,
    pdAddresses,
    statusAddresses: new Map(planned.map(({ id, statusAddress }) => [id, statusAddress])),
    config: {
      pd: members.map(({ name: id, address }) => ({ id, address })),
      stores: planned.map(({ id, statusAddress: address }) => ({ id: `${id}`, address })),
      metricsWindow: "10s",
    },
    log,
    async [Symbol.asyncDispose]() {
      await Promise.all([...pds.values(), ...stores.values()].map((server) => server[Symbol.asyncDispose]()));
    },
  };
  await eventually(async () => (await regionsReported(cluster)) >= regions);
  return cluster;
}

/** Asks PD, whoever answers. */
export async function askPd(cluster: Pick<EmulatedCluster, "pdAddresses">, path: string): Promise<unknown> {
  for (const address of cluster.pdAddresses) {
    const reply = await fetch(`http://${address}/pd/api/v1${path}`).catch(() => undefined);
    if (reply?.ok) return await reply.json();
  }
  return undefined;
}

/** Waits until something is so. */
export async function eventually(isSo: () => Promise<boolean>, withinMs = 30_000): Promise<void> {
  const untilMs = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > untilMs) throw new Error("Cannot wait any longer");
    await Bun.sleep(50);
  }
}

async function regionsReported(cluster: Pick<EmulatedCluster, "pdAddresses">): Promise<number> {
  const reply = await askPd(cluster, "/regions/size?limit=10000");
  const regions: unknown = Object(reply).regions;
  if (!Array.isArray(regions)) return 0;
  return regions.filter((region: unknown) => Object(region).approximate_size > 0).length;
}
