/** What a monitor tells, with a word when nothing answers any more and when something does again, and on how far actions may go. */

import { titleOf } from "../../../core/words/instance.ts";
import type { MonitorEvent } from "../../../monitor/mod.ts";
import { renderLadder } from "../../../render/records/ladder.ts";
import type { OpenSubject } from "../../../runtime/subjects/open-subject.ts";
import { safetyView } from "../../../runtime/views/safety.ts";
import { describeAddresses } from "../../args/wording.ts";
import type { WatchDisplay } from "./display.ts";

/** Shows what a monitor tells of a subject. */
export function tellingOf(opened: OpenSubject, display: WatchDisplay): (event: MonitorEvent) => void {
  const { database } = opened.monitoring;
  let blind = false;
  let told: string | undefined;
  return (event) => {
    display.show(opened, event);
    if (event.kind !== "checkup") return;
    // What answers may have said only now that it is emulated.
    const { instance } = opened.monitoring;
    const title = titleOf(instance);
    const { ladder, halt } = safetyView(database, instance.id);
    const words = `${title}: actions ${renderLadder(ladder, halt)}`;
    if (words !== told) display.say(words);
    told = words;
    const wasBlind = blind;
    blind = event.checkup.failed !== undefined;
    if (blind && !wasBlind) display.say(`${title}: nothing answers; ${describeAddresses(opened)}`);
    if (!blind && wasBlind) display.say(`${title}: answers again`);
  };
}
