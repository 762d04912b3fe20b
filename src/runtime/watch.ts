/** Watches a subject that is open: again and again, or once. */

import { checkOnce, type MonitorEvent, monitor, type OnceResult } from "../monitor/mod.ts";
import { processName } from "./person.ts";
import type { OpenSubject } from "./subjects/open-subject.ts";
import { warmUp } from "./warm-up.ts";

/** How often is looked, and who is told. */
export interface WatchOptions {
  readonly intervalMs: number;
  readonly onEvent?: (event: MonitorEvent) => void;
}

/** Watches until the signal aborts. */
export function watch({ session, monitoring }: OpenSubject, options: WatchOptions, signal: AbortSignal): Promise<void> {
  return monitor(session, { ...monitoring, ...options, actor: `monitor/${processName()}`, signal });
}

/** Looks once, with a past to judge by. */
export async function watchOnce(opened: OpenSubject, signal: AbortSignal): Promise<OnceResult> {
  await warmUp(opened, signal);
  return await checkOnce(opened.session, { ...opened.monitoring, actor: `monitor/${processName()}`, signal });
}
