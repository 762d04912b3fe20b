/** Log rotation for files that their writers keep open: a full log is copied to `<log>.1` and truncated. */

import { closeSync, constants, fstatSync, ftruncateSync, renameSync, rmSync, writeSync } from "node:fs";
import { messageOf } from "../../../core/text/errors.ts";
import { systemClock } from "../../../io/clock.ts";
import { hasCode } from "../../../io/files/file.ts";
import { openPrivate } from "../../../io/files/private.ts";
import { log } from "../../../io/log.ts";
import { repeatEvery } from "../../../io/repeat-every.ts";
import { readAt } from "./read-at.ts";

/** Bytes above which a log is rotated. With the older part, a log takes about twice as much. */
const FULL_BYTES = 16 << 20;
/** Milliseconds between two checks of the sizes. */
const LOOK_EVERY_MS = 1000;
/** Bytes copied per step; other work runs between the steps. */
const COPIED_BYTES = 1 << 20;

/** Path of the older part of a log. */
export function olderLog(path: string): string {
  return `${path}.1`;
}

/** Removes a log and its older part. */
export function removeLog(path: string): void {
  for (const file of [path, olderLog(path), draftOf(path)]) rmSync(file, { force: true });
}

/** Rotates logs until the signal aborts. Writers must have opened them for appending. */
export async function rotateLogs(paths: readonly string[], signal: AbortSignal): Promise<void> {
  const pass = async (): Promise<void> => {
    for (const path of paths) await rotateLog(path);
  };
  await repeatEvery(pass, { of: "rotation of logs", clock: systemClock, everyMs: LOOK_EVERY_MS }, signal);
}

/** Rotates a log if it is full, and returns whether it did. If the copy fails, as on a full disk, the log is truncated without one. */
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
    log.warn("Lost a full log: it could not be copied", { path, error: messageOf(error) });
  }
}

/** The last step and the truncation run without a pause; bytes written in between are lost. */
async function copyAndCut(file: number, path: string, mostBytes: number): Promise<void> {
  const { O_CREAT, O_EXCL, O_WRONLY } = constants;
  rmSync(draftOf(path), { force: true });
  const draft = openPrivate(draftOf(path), O_CREAT | O_EXCL | O_WRONLY);
  try {
    for (let at = 0; ; ) {
      const bytes = readAt(file, at, COPIED_BYTES);
      writeAll(draft, bytes);
      at += bytes.length;
      // If a writer is faster than the copy, bytes above the maximum are lost.
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
