/** Files and processes of others beside and within a home, which no kill and no cleaning up may touch. */

import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { lookAtProcess } from "../../../src/io/system/process.ts";

/** What was planted. */
export interface Foreign extends AsyncDisposable {
  /** Pid of a living process that planted journals and locks name. */
  readonly pid: number;
  /** Its start, as a journal holds it. */
  readonly startTime: string;
  /** Adds what others keep in the folder of a deployment that is there already. */
  plantIn(deployment: string): void;
  /** Everything that is not as it was planted, a sentence each. */
  compare(): readonly string[];
  /** How many files, links and folders are compared. */
  size(): number;
}

/** Plants everything that can be there before the first command. */
export function plantForeign(ground: string, home: string): Foreign {
  const processes = ["a", "b"].map((name) =>
    Bun.spawn(["sleep", "100000"], { cwd: "/", env: { ...process.env, OPERATOR_DEPLOYMENT: `foreign-${name}` } }),
  );
  const pid = processes[0]?.pid ?? 0;
  const startTime = lookAtProcess(pid)?.startTime ?? "";
  const planted = new Map<string, string>();
  const beside = join(ground, "beside");
  plant(planted, beside, { "a.txt": "beside\n", "folder/deployment.json": "{}\n", "folder/data/x": "x\n" });
  plant(planted, home, { "notes.txt": "notes\n", ".hidden/x": "\0\x01binary" });
  link(planted, join(beside, "folder"), join(home, "link"));
  // As version 0.1.0 left it, but with a living process that is not one of its own.
  plant(planted, join(home, "deployments", "prod"), {
    lock: JSON.stringify({ pid, startTime }),
    "journal.json": JSON.stringify({ "node/1": { pid, startTime } }),
    "data/x": "x\n",
  });
  plant(planted, join(home, "deployments", "unmarked"), { "plan.json": "{}\n", "data/node-1/dump": "dump\n" });
  plant(planted, join(home, "deployments"), { README: "not a deployment\n" });
  link(planted, join(beside, "folder"), join(home, "deployments", "linked"));
  return {
    pid,
    startTime,
    plantIn(deployment) {
      plant(planted, deployment, {
        "keep.txt": "keep\n",
        "data/other/x": "x\n",
        "logs/other.log": "log\n",
        "secrets/other": "s\n",
      });
      link(planted, join(beside, "folder"), join(deployment, "data", "link"));
    },
    compare: () => [
      ...[...planted]
        .filter(([path, text]) => described(path) !== text)
        .map(([path]) => `"${path}" is not as it was planted`),
      ...processes
        .filter(({ exitCode, signalCode }) => (exitCode ?? signalCode) !== null)
        .map(({ pid }) => `Foreign process ${pid} was ended`),
    ],
    size: () => planted.size,
    async [Symbol.asyncDispose]() {
      for (const one of processes) one.kill("SIGKILL");
      await Promise.all(processes.map(({ exited }) => exited));
    },
  };
}

function plant(planted: Map<string, string>, folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, text, { mode: 0o640 });
    planted.set(path, described(path));
  }
}

function link(planted: Map<string, string>, target: string, path: string): void {
  symlinkSync(target, path);
  planted.set(path, described(path));
}

/** What stands at a path: a rewritten file has another inode or time even where its bytes are the same. */
function described(path: string): string {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats) return "nothing";
  if (stats.isSymbolicLink()) return `link ${stats.ino} to ${readlinkSync(path)}`;
  if (stats.isDirectory()) return `folder ${stats.mode} ${readdirSync(path).join(" ")}`;
  return `file ${stats.mode} ${stats.ino} ${stats.mtimeMs} ${readFileSync(path).toString("base64")}`;
}
