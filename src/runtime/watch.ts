/** Watches an open subject continuously, or once. */

import { checkOnce, type MonitorEvent, monitor, type OnceResult } from "../monitor/mod.ts";
import { processName } from "./person.ts";
import type { OpenSubject } from "./subjects/open-subject.ts";
import { warmUp } from "./warm-up.ts";

/** The interval, and callbacks. */
export interface WatchOptions {
  readonly intervalMs: number;
  readonly onEvent?: (event: MonitorEvent) => void;
}

/** Watches until the signal aborts. */
export function watch({ session, monitoring }: OpenSubject, options: WatchOptions, signal: AbortSignal): Promise<void> {
  return monitor(session, { ...monitoring, ...options, actor: `monitor/${processName()}`, signal });
}

/** Makes one checkup, with some history. */
export async function watchOnce(opened: OpenSubject, signal: AbortSignal): Promise<OnceResult> {
  await warmUp(opened, signal);
  return await checkOnce(opened.session, { ...opened.monitoring, actor: `monitor/${processName()}`, signal });
}
