/** Heals what is due, and says so; every chaos command begins with what has expired. */

import { healInjections } from "../../../runtime/views/injections.ts";
import { talkOf } from "../../args/output.ts";

/** Whether everything that was due is healed. */
export async function healAndTell(home: string, which: "expired" | "all"): Promise<boolean> {
  const healings = await healInjections(home, which);
  for (const { injection, instance, component, failed } of healings) {
    const what = `${injection.fault} of ${component} on ${injection.deployment}`;
    const talk = talkOf(instance);
    if (failed === undefined) talk.info(`Healed ${what}${which === "expired" ? ", which had expired" : ""}`);
    else talk.error(`Cannot heal ${what}: ${failed}`);
  }
  return healings.every(({ failed }) => failed === undefined);
}
