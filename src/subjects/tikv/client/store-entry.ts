/**
 * PD's register of stores, each entry read as far as it can be: what has another form is left out and named, so that one odd
 * entry hides neither the rest of it nor any other store.
 */

import * as v from "valibot";
import { excerptOf } from "../../../core/text/excerpt.ts";
import { isObject } from "../../../core/text/parse.ts";
import { STORE_STATES, Store } from "./pd-replies.ts";

/** A store as PD's register has it. */
export interface RegisteredStore extends Omit<Store, "state"> {
  /** `Unknown` where PD names a state that is not known, or two. */
  readonly state: Store["state"] | "Unknown";
  /** What of the entry cannot be used, and why; absent where all of it can. */
  readonly unreadable?: string;
}

/** An item of `GET /stores`. Without an id it is not one. */
export const StoreEntry = v.pipe(
  v.unknown(),
  v.rawTransform<unknown, RegisteredStore>(({ dataset, addIssue, NEVER }) => {
    const read = readEntry(dataset.value);
    if (typeof read !== "string") return withUsableAddress(read);
    addIssue({ message: read });
    return NEVER;
  }),
);

/** Each store once, in the order of ids: PD's own order changes from call to call. */
export function oncePerId(stores: readonly RegisteredStore[]): readonly RegisteredStore[] {
  const all = [...Map.groupBy(stores, ({ id }) => id).values()].flatMap((alike) => {
    const [first] = alike;
    if (!first || alike.length === 1) return alike;
    const addresses = alike.map(({ address }) => address).join(", ");
    return [
      { ...first, state: "Unknown" as const, unreadable: excerptOf(`PD lists this id more than once: ${addresses}`) },
    ];
  });
  return all.toSorted((a, b) => a.id.length - b.id.length || (a.id < b.id ? -1 : 1));
}

/** The entry, or why it is none. */
function readEntry(entry: unknown): RegisteredStore | string {
  const whole = v.safeParse(Store, entry);
  if (whole.success) return whole.output;
  const { store, status } = withoutIssues(entry, whole.issues);
  const isStateKnown = "state_name" in store;
  const rest = v.safeParse(Store, { store: { address: "", state_name: "Up", ...store }, status });
  const [issue] = whole.issues;
  const unreadable = excerptOf(saidOf(issue));
  if (!rest.success) return unreadable;
  return { ...rest.output, ...(!isStateKnown && { state: "Unknown" }), unreadable };
}

function saidOf(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  if (path === "store.state_name" && typeof issue.input === "string") {
    return `PD reports the state "${issue.input}", expected one of ${STORE_STATES.join(", ")}`;
  }
  return `${path === null ? "it" : `"${path}"`} cannot be read: ${issue.message}`;
}

/** The two parts of an entry without the fields that have another form. */
function withoutIssues(entry: unknown, issues: readonly v.BaseIssue<unknown>[]) {
  const parts = { store: partOf(entry, "store"), status: partOf(entry, "status") };
  for (const { path } of issues) {
    const [part, field] = path?.map(({ key }) => key) ?? [];
    if (part !== "store" && part !== "status") continue;
    parts[part] = Object.fromEntries(Object.entries(parts[part]).filter(([name]) => name !== field));
  }
  return parts;
}

function partOf(entry: unknown, name: string): Readonly<Record<string, unknown>> {
  const part = isObject(entry) ? entry[name] : undefined;
  return isObject(part) ? part : {};
}

/** Every interface of a machine, which is no address of another one. */
const UNSPECIFIED = /^(?:0\.0\.0\.0|\[::\])(?=:)/;

/** What cannot be asked is no address: nothing follows from it for the store. */
function withUsableAddress(store: RegisteredStore): RegisteredStore {
  const address = store.statusAddress.replace(/^https?:\/\//, "");
  if (address === "" || (isHostPort(address) && !UNSPECIFIED.test(address)))
    return { ...store, statusAddress: address };
  const unreadable = excerptOf(`"${address}" cannot be asked, expected "host:port" of its status port`);
  return { unreadable, ...store, statusAddress: "" };
}

function isHostPort(address: string): boolean {
  const url = /^[^\s/?#@]+:\d{1,5}$/.test(address) ? URL.parse(`http://${address}`) : null;
  return url !== null && url.hostname !== "" && url.port !== "0";
}
