/** Asks every store's own status port, each for itself: one that is silent hides no other, and PD's view is not waited for. */

import { probe as attempt } from "../../../core/subject/probe.ts";
import { sameAddress } from "../../../core/system/join.ts";
import { ProbeError } from "../../../core/text/errors.ts";
import { isAnswer } from "../../../core/words/probe-outcome.ts";
import { readOwnAddress, readStatus } from "../client/status-client.ts";
import { inTurns } from "../in-turns.ts";
import { probe, type ReadStore, type StoreReading } from "../observation.ts";

/** Which stores answer. */
export const status = probe("status", {
  everyMs: 1000,
  timeoutMs: ({ timeoutMs }) => 4 * timeoutMs,
  after: ["stores"],
  async read({ timeoutMs, config }, { previous, readings, signal, atMs }) {
    const before = new Map(previous?.value.map((reading) => [reading.store.id, reading]));
    const { stores } = readings;
    const last = previous?.value.map(({ store }) => store) ?? config.stores?.map(toldStore);
    if ("failed" in stores && !last)
      throw new ProbeError(stores.failed, { outcome: stores.outcome, word: stores.word });
    return await inTurns("value" in stores ? stores.value : (last ?? []), AT_ONCE, (store) =>
      readStore(store, { timeoutMs, signal, atMs, before: before.get(store.id) }),
    );
  },
  silence: (all) => {
    const silent = all.flatMap(({ status }) =>
      "failed" in status && !isAnswer(status.outcome) ? [status.failed] : [],
    );
    return silent.length < all.length ? undefined : (silent[0] ?? "no store is known");
  },
});

/** A store that the watcher was told of: until PD is read, its status port is all that is known of it. */
function toldStore({ id, address }: { readonly id: string; readonly address: string }): ReadStore {
  return {
    id,
    address: "",
    statusAddress: address,
    version: "",
    labels: {},
    state: "Unread",
    isDestroyed: false,
    leaderCount: 0,
    leaderWeight: 1,
    regionCount: 0,
    regionWeight: 1,
    pendingPeerCount: 0,
    isBusy: false,
  };
}

/** Requests under way at once. */
const AT_ONCE = 128;

/** A store's identity is read again after so many milliseconds, and when it has been silent. */
const IDENTITY_FOR_MS = 30_000;

interface StoreOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly atMs: number;
  readonly before: StoreReading | undefined;
}

async function readStore(store: ReadStore, { timeoutMs, signal, atMs, before }: StoreOptions): Promise<StoreReading> {
  const component = `store/${store.id}` as const;
  const { statusAddress: address } = store;
  if (address === "")
    return { component, store, status: { failed: "PD has no status address of it", outcome: "failed" } };
  const request = { address, timeoutMs, signal };
  const answer = await attempt(() => readStatus(request));
  if ("failed" in answer) return { component, store, status: answer };
  const isKnown =
    before?.identity !== undefined && "value" in before.status && atMs - before.identity.readAtMs < IDENTITY_FOR_MS;
  const identity = isKnown ? before.identity : await identityOf(request, atMs);
  if (identity && store.address !== "" && !sameAddress(identity.address, store.address)) {
    const failed = `the process at ${address} is the store at ${identity.address}, not that at ${store.address}`;
    return { component, store, status: { failed, outcome: "wrong-identity" } };
  }
  return { component, store, status: answer, ...(identity && { identity }) };
}

/** The data address that it tells; `undefined` where it tells none, which says nothing against it. */
async function identityOf(
  request: Parameters<typeof readOwnAddress>[0],
  readAtMs: number,
): Promise<StoreReading["identity"] | undefined> {
  const address = await attempt(() => readOwnAddress(request));
  return "value" in address && address.value !== "" ? { address: address.value, readAtMs } : undefined;
}
