/** Whether what caused an incident still stands: the standing claims of its confirmed cause, on a fresh checkup. */

import { freshEvidence } from "../core/diagnosis/fresh-evidence.ts";
import { notYetMended } from "../core/diagnosis/hypothesis.ts";
import type { Checkup } from "../core/subject/checkup.ts";
import type { Incident, Standing } from "../core/tickets/incident.ts";
import type { CheckupOptions } from "./options.ts";

/** Asks the newest diagnosis of an incident; without a confirmed cause there is nothing that could stand. */
export async function standingOf(
  { id }: Incident,
  now: Checkup,
  { database, series, signal }: CheckupOptions,
): Promise<Standing> {
  const cause = database.incidents.diagnoses(id).at(-1)?.cause;
  if (cause?.verdict !== "confirmed") return "none";
  const left = notYetMended(cause, await freshEvidence(cause, now, { series, signal }));
  if (left.some(({ outcome }) => outcome === "true")) return "standing";
  return left.length > 0 ? "unknown" : "gone";
}
