/** Runs one local deployment from its start to its end. */

import { systemClock } from "../../../io/clock.ts";
import { writeWhole } from "../../../io/files/file.ts";
import { takeFileLock } from "../../../io/files/file-lock.ts";
import { homeFlag } from "../../../io/files/home.ts";
import { thisMachine } from "../../../io/system/machine.ts";
import { lookAtProcess } from "../../../io/system/process.ts";
import { clearFolder, clearLogs, type Folder, makeFolder } from "../folder/folder.ts";
import { clean, rest } from "../folder/leftovers.ts";
import { type Marker, readMarker, writeMarker } from "../folder/marker.ts";
import { writeSecrets } from "../folder/secrets.ts";
import { rotateLogs } from "../logs/log-rotation.ts";
import type { Plan } from "../plan.ts";
import { Cluster, type UpOptions } from "./cluster.ts";
import { listenForControl } from "./control.ts";

/** Options besides the plan. */
export interface SuperviseOptions extends UpOptions {
  readonly folder: Folder;
  /** Random; in the environment of this process and of every child. */
  readonly id: string;
  /** By name. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Called once everything is ready. */
  readonly onUp: () => void;
}

/** Milliseconds between two checks of the folder. */
const LOOK_EVERY_MS = 1000;

/**
 * Brings a deployment up, runs it until the signal aborts or its folder is gone or taken over, and always takes it
 * down.
 * @throws {Error} If the name is in use or something does not start.
 */
export async function supervise(plan: Plan, options: SuperviseOptions): Promise<void> {
  const { folder } = options;
  makeFolder(folder);
  const lock = takeFileLock(folder.lock);
  if (!lock) throw inUse(folder);
  try {
    const former = readMarker(folder.marker);
    if (former) clearLogs(folder, former);
    await clean(folder);
    const marker = markerOf(plan, options);
    const isMarked = writeMarker(folder.marker, marker);
    const isHeld = (): boolean => lock.isHeld() && isMarked();
    try {
      await hold(plan, { ...options, isHeld });
    } finally {
      if (isHeld()) {
        clearFolder(folder, marker);
        rest(folder, marker);
      }
    }
  } finally {
    lock.release();
  }
}

/** The error about a name that a running supervisor holds. */
export function inUse({ home, name }: Pick<Folder, "home" | "name">): Error {
  return new Error(
    `Cannot bring up deployment "${name}": it is running already, expected a free name (take it down with "operator down --name ${name}${homeFlag(home)}", or choose another --name)`,
  );
}

interface Holding extends SuperviseOptions {
  /** Ends without its folder, since no command could find this process any more, or since another holder needs the folder. */
  readonly isHeld: () => boolean;
}

async function hold(plan: Plan, options: Holding): Promise<void> {
  const { folder, id, secrets, signal, onUp, isHeld } = options;
  writeSecrets(secrets, folder);
  writeWhole(folder.plan, JSON.stringify(plan));
  const cluster = new Cluster(plan, { folder, id, isHeld });
  await using _control = listenForControl(cluster, folder.socket);
  const rotation = new AbortController();
  const logs = [folder.supervisorLog, ...plan.processes.map(({ id }) => folder.log(id))];
  const rotating = rotateLogs(logs, rotation.signal);
  try {
    await cluster.up(options);
    onUp();
    while (!signal.aborted && isHeld()) {
      await systemClock.sleep(LOOK_EVERY_MS, signal).catch(() => undefined);
    }
  } finally {
    await cluster.down();
    rotation.abort();
    await rotating;
  }
}

function markerOf({ processes }: Plan, { id, secrets }: Pick<SuperviseOptions, "id" | "secrets">): Marker {
  const { pid } = process;
  return {
    format: "operator-deployment",
    version: 1,
    id,
    machineId: thisMachine.id,
    supervisor: { pid, startTime: lookAtProcess(pid)?.startTime ?? "" },
    secrets: Object.keys(secrets),
    components: processes.map((process) => process.id),
  };
}
