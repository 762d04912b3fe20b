/** Runs one process of an emulated cluster from a file that its recipe wrote, until it is told to end. */

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as v from "valibot";
import { readIfThere, writeWhole } from "../../io/files/file.ts";
import { PdServer } from "./pd/pd-server.ts";
import { StoreServer } from "./store/store-server.ts";

/** One PD, as its file describes it. */
export const PdFile = v.object({
  role: v.literal("pd"),
  name: v.string(),
  address: v.string(),
  others: v.array(v.object({ name: v.string(), address: v.string(), clientAddress: v.string() })),
  regionCount: v.number(),
  storeCount: v.number(),
  maxStoreDownTime: v.string(),
});

/** One store, as its file describes it. */
export const StoreFile = v.object({
  role: v.literal("store"),
  id: v.number(),
  address: v.string(),
  statusAddress: v.string(),
  pd: v.array(v.string()),
  /** How it reaches the others, by id. */
  links: v.record(v.string(), v.string()),
  peerDownSeconds: v.number(),
});

const File = v.variant("role", [PdFile, StoreFile]);

/** What a process is told. */
export type EmulatedFile = v.InferInput<typeof File>;

/** Where it keeps what it knows between two runs; beside its file. */
const STATE = "state.json";

/**
 * Starts what the file describes; `write` takes the lines of its log.
 * @throws {Error} If it cannot be read, or an address is taken.
 */
export function runEmulated(path: string, write: (line: string) => void): AsyncDisposable {
  const file = v.parse(File, JSON.parse(readFileSync(path, "utf8")));
  const state = join(dirname(path), STATE);
  const storage = {
    read: (): unknown => readKept(state),
    write: (value: unknown): void => writeWhole(state, JSON.stringify(value)),
  };
  if (file.role === "pd") return new PdServer({ ...file, storage, write });
  const links = new Map(Object.entries(file.links).map(([id, address]) => [Number(id), address]));
  return new StoreServer({ ...file, links, storage, write });
}

/** A file that was cut short by a crash is as good as none: the other members have the rest. */
function readKept(path: string): unknown {
  try {
    return JSON.parse(readIfThere(path) ?? "null");
  } catch {
    return null;
  }
}
