/** Whether the cause of an incident is still there: the persistent claims of its confirmed cause, on a fresh checkup. */

import { freshEvidence } from "../core/diagnosis/fresh-evidence.ts";
import { remainingClaims } from "../core/diagnosis/hypothesis.ts";
import type { Checkup } from "../core/subject/checkup.ts";
import type { CauseState, Incident } from "../core/tickets/incident.ts";
import type { CheckupOptions } from "./options.ts";

/** Asks the newest diagnosis of an incident; without a confirmed cause there is none to look for. */
export async function causeStateOf(
  { id }: Incident,
  now: Checkup,
  { database, series, signal }: CheckupOptions,
): Promise<CauseState> {
  const cause = database.incidents.diagnoses(id).at(-1)?.cause;
  if (cause?.verdict !== "confirmed") return "none";
  const left = remainingClaims(cause, await freshEvidence(cause, now, { series, signal }));
  if (left.some(({ outcome }) => outcome === "true")) return "present";
  return left.length > 0 ? "unknown" : "gone";
}
