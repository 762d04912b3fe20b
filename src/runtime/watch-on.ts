/** Watches one subject until told to end. */

import type { WatchDisplay } from "../cli/commands/watch/display.ts";
import type { Subject } from "../core/subject/subject.ts";
import { type MonitorEvent, monitor } from "../monitor/mod.ts";
import { type FollowOptions, follow } from "./follow.ts";
import type { OpenSubject } from "./open-subject.ts";
import { processName, titleOf } from "./stored.ts";
import { whereaboutsOf } from "./warm-up.ts";

/** What is watched, how often, and who is told. */
export interface WatchOptions extends Omit<FollowOptions, "work"> {
  readonly display: WatchDisplay;
}

/** Watches one subject wherever it is until the signal aborts. */
export function watchOn(subject: Subject, options: WatchOptions, signal: AbortSignal): Promise<void> {
  return follow(subject, { ...options, work: (opened, ended) => watch(opened, options, ended) }, signal);
}

function watch(opened: OpenSubject, { intervalMs, display }: WatchOptions, signal: AbortSignal): Promise<void> {
  const { session, monitoring } = opened;
  const onEvent = tellingOf(opened, display);
  return monitor(session, { ...monitoring, actor: `monitor/${processName()}`, intervalMs, onEvent, signal });
}

/** Shows what a monitor tells, and says when nothing answers any more and when something does again. */
export function tellingOf(opened: OpenSubject, display: WatchDisplay): (event: MonitorEvent) => void {
  const title = titleOf(opened.monitoring.instance);
  let blind = false;
  return (event) => {
    display.show(opened, event);
    if (event.kind !== "checkup") return;
    const wasBlind = blind;
    blind = event.checkup.failed !== undefined;
    if (blind && !wasBlind) display.say(`${title}: nothing answers; ${whereaboutsOf(opened)}`);
    if (!blind && wasBlind) display.say(`${title}: answers again`);
  };
}
