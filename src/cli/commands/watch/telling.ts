/** What a monitor tells, with a word when nothing answers any more and when something does again. */

import type { MonitorEvent } from "../../../monitor/mod.ts";
import { titleOf } from "../../../runtime/instances.ts";
import type { OpenSubject } from "../../../runtime/subjects/open-subject.ts";
import { describeAddresses } from "../../args/wording.ts";
import type { WatchDisplay } from "./display.ts";

/** Shows what a monitor tells of a subject. */
export function tellingOf(opened: OpenSubject, display: WatchDisplay): (event: MonitorEvent) => void {
  const title = titleOf(opened.monitoring.instance);
  let blind = false;
  return (event) => {
    display.show(opened, event);
    if (event.kind !== "checkup") return;
    const wasBlind = blind;
    blind = event.checkup.failed !== undefined;
    if (blind && !wasBlind) display.say(`${title}: nothing answers; ${describeAddresses(opened)}`);
    if (!blind && wasBlind) display.say(`${title}: answers again`);
  };
}
