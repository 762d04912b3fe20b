/** The folder of one local deployment: the path of each file, and which files may be removed. */

import { randomUUID } from "node:crypto";
import { lstatSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { InvalidInputError } from "../../../core/text/errors.ts";
import type { ComponentId } from "../../../core/words/ids.ts";
import { hasCode } from "../../../io/files/file.ts";
import { deploymentsFolder, makeHome, removeEmpty } from "../../../io/files/home.ts";
import { folderFault, makePrivateFolder, narrow, readPrivate } from "../../../io/files/private.ts";
import { thisMachine } from "../../../io/system/machine.ts";
import { removeLog } from "../logs/log-rotation.ts";
import { type Marker, readMarker, writeMarker } from "./marker.ts";

/** Bytes that fit a unix socket's address on every system. */
const MAX_SOCKET_PATH_BYTES = 103;
const NAME = /^[a-z0-9][a-z0-9-]{0,39}$/;
/** Files of one run, and temporary files left by a killed process. */
const PASSING_FILES = /^(plan\.json|journal\.json|control\.sock|c\.\d+|(plan|journal|deployment)\.json\.\d+\.draft)$/;

/** Paths of one deployment. */
export interface Folder {
  readonly home: string;
  readonly name: string;
  readonly path: string;
  /** Marks the folder as a deployment. */
  readonly marker: string;
  /** Locked by the supervisor. */
  readonly lock: string;
  readonly plan: string;
  /** Which processes were started. */
  readonly journal: string;
  readonly socket: string;
  readonly logs: string;
  /** Log of the supervisor. */
  readonly supervisorLog: string;
  /** Folder of the secrets. */
  readonly secrets: string;
  /** File of one secret. */
  readonly secret: (name: string) => string;
  /** Log of one component. */
  readonly log: (id: ComponentId) => string;
  readonly allData: string;
  /** Working folder of one component. */
  readonly data: (id: ComponentId) => string;
}

/**
 * The folder of the deployment of that name.
 * @throws {InvalidInputError} If the name or the home cannot be used.
 */
export function folderOf(home: string, name: string): Folder {
  if (!NAME.test(name)) {
    throw new InvalidInputError(
      `Cannot use "${name}" as the name of a deployment, expected 1 to 40 of a-z, 0-9 and "-", not beginning with "-"`,
    );
  }
  const path = join(deploymentsFolder(home), name);
  const socket = join(path, "control.sock");
  if (Buffer.byteLength(socket) > MAX_SOCKET_PATH_BYTES) {
    throw new InvalidInputError(
      `Cannot use home "${home}": the control socket would have ${Buffer.byteLength(socket)} bytes, expected at most ${MAX_SOCKET_PATH_BYTES}; choose a shorter one with --home`,
    );
  }
  const [logs, allData, secrets] = [join(path, "logs"), join(path, "data"), join(path, "secrets")];
  return {
    home,
    name,
    path,
    socket,
    marker: join(path, "deployment.json"),
    lock: join(path, "lock.db"),
    plan: join(path, "plan.json"),
    journal: join(path, "journal.json"),
    logs,
    supervisorLog: join(logs, "supervisor.log"),
    secrets,
    secret: (name) => join(secrets, name),
    log: (id) => join(logs, `${fileName(id)}.log`),
    allData,
    data: (id) => join(allData, fileName(id)),
  };
}

/**
 * Creates the folder with its marker, or uses that of an earlier run.
 * @throws {Error} If it cannot be created, or is not a deployment.
 */
export function makeFolder(folder: Folder, options: { readonly throwaway?: boolean } = {}): void {
  makeHome(folder.home, options);
  makePrivateFolder(deploymentsFolder(folder.home));
  if (isFree(folder.path)) makeMarked(folder);
  const fault = foreignness(folder);
  if (fault !== undefined) throw new Error(`Cannot use folder "${folder.path}": ${fault}`);
  narrow(folder.path);
  makePrivateFolder(folder.logs);
}

/** Why an existing folder is not a deployment; `undefined` if it is one, or does not exist. */
export function foreignness(folder: Folder): string | undefined {
  const { home, path } = folder;
  if (!lstatSync(path, { throwIfNoEntry: false })) return undefined;
  const fault = folderFault(deploymentsFolder(home)) ?? folderFault(path);
  if (fault !== undefined) return fault;
  if (readMarker(folder.marker)) return undefined;
  if (isOfOlderVersion(folder)) return OLDER;
  return "it has no marker of operator, so it is not a deployment; choose another --name or --home";
}

/** Why a folder of version 0.1.0 is not used. */
export const OLDER =
  "an older version of operator made it; take it down with that version and remove the folder, or choose another --name";

/** Removes the known files of a run except its logs; other files stay. */
export function clearFolder(folder: Folder, { components, secrets }: Pick<Marker, "components" | "secrets">): void {
  for (const name of readdirSync(folder.path)) if (PASSING_FILES.test(name)) rmSync(join(folder.path, name));
  clearWithin(folder.secrets, secrets.map(folder.secret));
  clearWithin(folder.allData, components.map(folder.data));
}

/** Removes the logs of an earlier run; the supervisor's own log is kept. */
export function clearLogs(folder: Folder, { components }: Marker): void {
  if (folderFault(folder.logs) !== undefined) return;
  for (const id of components) removeLog(folder.log(id));
}

/** Removes a folder that no process holds, unless it contains other files. */
export function removeFolder(folder: Folder): void {
  const marker = readMarker(folder.marker);
  if (!marker || marker.supervisor || foreignness(folder) !== undefined) return;
  clearFolder(folder, marker);
  clearLogs(folder, marker);
  removeLog(folder.supervisorLog);
  removeEmpty(folder.logs);
  rmSync(folder.lock, { force: true });
  rmSync(folder.marker);
  removeEmpty(folder.path);
}

/**
 * Names of all folders that could be deployments.
 * @throws {Error} If the folder cannot be read.
 */
export function folderNames(home: string): readonly string[] {
  const path = deploymentsFolder(home);
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && NAME.test(entry.name))
      .map(({ name }) => name)
      .toSorted();
  } catch (cause) {
    if (hasCode(cause, "ENOENT") || hasCode(cause, "ENOTDIR")) return [];
    throw new Error(`Cannot read folder "${path}"`, { cause });
  }
}

/** Removes the named files in a folder, and the folder if it is then empty; symbolic links to folders are not followed. */
function clearWithin(folder: string, paths: readonly string[]): void {
  if (folderFault(folder) !== undefined) return;
  for (const path of paths) rmSync(path, { recursive: true, force: true });
  removeEmpty(folder);
}

/** Whether the path does not exist, or is an empty folder. */
function isFree(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return !stats || (stats.isDirectory() && readdirSync(path).length === 0);
}

/** Creates the folder together with its marker, so that it is never visible without one. */
function makeMarked({ home, path }: Folder): void {
  const made = mkdtempSync(join(deploymentsFolder(home), ".new-"));
  const marker = join(made, "deployment.json");
  const { id: machineId } = thisMachine;
  writeMarker(marker, {
    format: "operator-deployment",
    version: 1,
    id: randomUUID(),
    machineId,
    components: [],
    secrets: [],
  });
  try {
    renameSync(made, path);
  } catch (error) {
    rmSync(marker);
    removeEmpty(made);
    if (!hasCode(error, "ENOTEMPTY") && !hasCode(error, "EEXIST")) throw error; // another process was faster
  }
}

/** Version 0.1.0 had no marker, a lock that named a process, and left only logs. */
function isOfOlderVersion({ path }: Folder): boolean {
  if (readdirSync(path).every((name) => name === "logs")) return true;
  const lock = readPrivate(join(path, "lock")) ?? "";
  return /^\{"pid":\d+,"startTime":"[^"]*"\}$/.test(lock);
}

function fileName(id: ComponentId): string {
  return id.replaceAll("/", "-");
}
