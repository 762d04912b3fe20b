/** Keeps logs bounded while their writers hold them open: one that is full is copied beside itself and cut to nothing. */

import { closeSync, constants, fstatSync, ftruncateSync, renameSync, rmSync, writeSync } from "node:fs";
import { messageOf } from "../../core/text/errors.ts";
import { systemClock } from "../../io/clock.ts";
import { hasCode } from "../../io/file.ts";
import { log } from "../../io/log.ts";
import { runPasses } from "../../io/passes.ts";
import { openPrivate } from "../../io/private.ts";
import { readAt } from "./read-at.ts";

/** Bytes of a log above which it is put aside; with what was put aside before, a log takes about twice as much. */
const FULL_BYTES = 16 << 20;
/** Milliseconds between two looks at the sizes. */
const LOOK_EVERY_MS = 1000;
/** Bytes copied at once; between two copies other work goes on. */
const COPIED_BYTES = 1 << 20;

/** Where the older part of a log is, which was put aside. */
export function olderLog(path: string): string {
  return `${path}.1`;
}

/** Removes a log with its older part. */
export function removeLog(path: string): void {
  for (const file of [path, olderLog(path), draftOf(path)]) rmSync(file, { force: true });
}

/** Looks after logs until the signal aborts. Their writers must append, which the system then does at the new end. */
export async function rotateLogs(paths: readonly string[], signal: AbortSignal): Promise<void> {
  const pass = async (): Promise<void> => {
    for (const path of paths) await rotateLog(path);
  };
  await runPasses(pass, { of: "rotation of logs", clock: systemClock, everyMs: LOOK_EVERY_MS }, signal);
}

/** Puts a log aside if it is full; answers whether it was. What cannot be copied, as on a full disk, is cut all the same. */
export async function rotateLog(path: string, fullBytes = FULL_BYTES): Promise<boolean> {
  const file = openThere(path);
  if (file === undefined) return false;
  try {
    if (fstatSync(file).size <= fullBytes) return false;
    await putAside(file, path, 4 * fullBytes);
    return true;
  } finally {
    closeSync(file);
  }
}

async function putAside(file: number, path: string, mostBytes: number): Promise<void> {
  try {
    await copyAndCut(file, path, mostBytes);
  } catch (error) {
    rmSync(draftOf(path), { force: true });
    ftruncateSync(file, 0);
    log.warn("Lost a full log, for it could not be copied", { path, error: messageOf(error) });
  }
}

/** The last piece is copied and the log cut without a pause, so that its writer has next to no time to write in between. */
async function copyAndCut(file: number, path: string, mostBytes: number): Promise<void> {
  const { O_CREAT, O_EXCL, O_WRONLY } = constants;
  rmSync(draftOf(path), { force: true });
  const draft = openPrivate(draftOf(path), O_CREAT | O_EXCL | O_WRONLY);
  try {
    for (let at = 0; ; ) {
      const bytes = readAt(file, at, COPIED_BYTES);
      writeAll(draft, bytes);
      at += bytes.length;
      // A writer that is faster than the copy loses what is above the most that is kept.
      if (bytes.length < COPIED_BYTES || at >= mostBytes) break;
      await new Promise(setImmediate);
    }
    ftruncateSync(file, 0);
    renameSync(draftOf(path), olderLog(path));
  } finally {
    closeSync(draft);
  }
}

function writeAll(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

function openThere(path: string): number | undefined {
  try {
    return openPrivate(path, constants.O_RDWR);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

function draftOf(path: string): string {
  return `${path}.1.draft`;
}
