/** Heals what is due, and says so; every chaos command begins with what has expired. */

import { log } from "../../../io/log.ts";
import { healInjections } from "../../../runtime/views/injections.ts";

/** Whether everything that was due is healed. */
export async function healAndTell(home: string, which: "expired" | "all"): Promise<boolean> {
  const healings = await healInjections(home, which);
  for (const { injection, component, failed } of healings) {
    const what = `${injection.fault} of ${component} on ${injection.deployment}`;
    if (failed === undefined) log.info(`Healed ${what}${which === "expired" ? ", which had expired" : ""}`);
    else log.error(`Cannot heal ${what}: ${failed}`);
  }
  return healings.every(({ failed }) => failed === undefined);
}
