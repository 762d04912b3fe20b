/** The folder of one local deployment: where each file of it is. */

import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { InvalidInputError } from "../../core/errors.ts";
import type { ComponentId } from "../../core/ids.ts";

/** Bytes that fit a unix socket's address on every system. */
const MAX_SOCKET_PATH_BYTES = 103;
const NAME = /^[a-z0-9][a-z0-9-]{0,39}$/;

/** Where the files of one deployment are. */
export interface Folder {
  readonly path: string;
  /** Who supervises it. */
  readonly lock: string;
  readonly plan: string;
  /** Which processes were started. */
  readonly journal: string;
  readonly socket: string;
  /** What the supervisor says. */
  readonly supervisorLog: string;
  /** Folder of the secrets. */
  readonly secrets: string;
  /** File of one secret. */
  readonly secret: (name: string) => string;
  /** Log of one component. */
  readonly log: (id: ComponentId) => string;
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
  const path = join(home, "deployments", name);
  const socket = join(path, "control.sock");
  if (Buffer.byteLength(socket) > MAX_SOCKET_PATH_BYTES) {
    throw new InvalidInputError(
      `Cannot use home "${home}": the control socket would have ${Buffer.byteLength(socket)} bytes, expected at most ${MAX_SOCKET_PATH_BYTES}; choose a shorter one with --home`,
    );
  }
  return {
    path,
    socket,
    lock: join(path, "lock"),
    plan: join(path, "plan.json"),
    journal: join(path, "journal.json"),
    supervisorLog: join(path, "logs", "supervisor.log"),
    secrets: join(path, "secrets"),
    secret: (name) => join(path, "secrets", name),
    log: (id) => join(path, "logs", `${fileName(id)}.log`),
    data: (id) => join(path, "data", fileName(id)),
  };
}

/**
 * Makes the folder, for the owner only.
 * @throws {Error} If it cannot be made.
 */
export function makeFolder({ path }: Folder): void {
  try {
    mkdirSync(join(path, "logs"), { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new Error(`Cannot make folder "${path}", expected a --home that can be written`, { cause });
  }
}

/** Removes all but the logs, the lock, and what others prepare to take it. */
export function clearFolder({ path }: Folder): void {
  for (const entry of readdirSync(path)) {
    if (entry !== "logs" && !entry.startsWith("lock")) rmSync(join(path, entry), { recursive: true, force: true });
  }
}

/** Removes the logs of an earlier life; the supervisor's own is kept. */
export function clearLogs({ path, supervisorLog }: Folder): void {
  for (const entry of readdirSync(join(path, "logs"))) {
    if (entry !== basename(supervisorLog)) rmSync(join(path, "logs", entry));
  }
}

/** Names of all deployments that have a folder. */
export function folderNames(home: string): readonly string[] {
  try {
    return readdirSync(join(home, "deployments"), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && NAME.test(entry.name))
      .map(({ name }) => name)
      .toSorted();
  } catch {
    return [];
  }
}

function fileName(id: ComponentId): string {
  return id.replaceAll("/", "-");
}
