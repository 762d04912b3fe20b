/** The folder of a deployment whose supervisor is gone, without the seconds that a real one takes. */

import { mkdirSync } from "node:fs";
import { type Folder, folderOf, makeFolder } from "../../src/deployments/local/folder/folder.ts";
import { type Marker, writeMarker } from "../../src/deployments/local/folder/marker.ts";
import { writeWhole } from "../../src/io/files/file.ts";
import { takeFileLock } from "../../src/io/files/file-lock.ts";
import { thisMachine } from "../../src/io/system/machine.ts";

/** How it differs from one whose supervisor was killed in an earlier boot of this machine. */
export interface LeftBehind extends Partial<Marker> {
  /** Processes by component. */
  readonly processes?: Readonly<Record<string, { readonly pid: number; readonly startTime: string }>>;
}

/** Makes the folder with its plan, journal, log and data. */
export function leaveBehind(home: string, name: string, { processes = {}, ...differences }: LeftBehind = {}): Folder {
  const folder = folderOf(home, name);
  makeFolder(folder);
  takeFileLock(folder.lock)?.release();
  const marker: Marker = {
    format: "operator-deployment",
    version: 1,
    id: "left-behind",
    machineId: thisMachine.id,
    supervisor: { pid: 4711, startTime: "4711@an-earlier-boot" },
    components: ["node/1"],
    secrets: ["token"],
    ...differences,
  };
  writeMarker(folder.marker, marker);
  for (const path of [folder.data("node/1"), folder.secrets]) mkdirSync(path, { recursive: true });
  const plan = { name, subject: "ratelimiter", settings: {}, processes: [], links: [] };
  writeWhole(folder.plan, JSON.stringify(plan));
  writeWhole(folder.journal, JSON.stringify({ deployment: marker.id, processes }));
  for (const path of [folder.socket, folder.secret("token"), folder.log("node/1"), `${folder.data("node/1")}/dump`]) {
    writeWhole(path, "left\n");
  }
  return folder;
}
