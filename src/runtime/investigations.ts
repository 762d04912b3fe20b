/** Recorded investigations: selecting one, exporting it as a bundle, and reading bundles. */

import { readFileSync } from "node:fs";
import { parseCase } from "../agent/case/case.ts";
import { BUNDLE_VERSION, type Bundle, readBundle } from "../agent/replay/bundle.ts";
import type { Investigation } from "../core/diagnosis/investigation.ts";
import { InvalidInputError } from "../core/text/errors.ts";
import { emulatedMark, type Instance } from "../core/words/instance.ts";
import type { Database } from "../database/mod.ts";
import { instanceOf } from "./instances.ts";

/**
 * An investigation of an incident: the named one, else the newest.
 * @throws {InvalidInputError} If there is no such incident, or no such investigation of it.
 */
export function investigationOf(database: Database, incident: number, id?: number): Investigation {
  instanceOfIncident(database, incident);
  const all = database.investigations.list(incident);
  const chosen = id === undefined ? all.at(-1) : all.find((one) => one.id === id);
  if (chosen) return chosen;
  if (all.length === 0) {
    throw new InvalidInputError(
      `Incident ${incident} was not investigated yet; investigate it with: operator diagnose ${incident}`,
    );
  }
  const known = all.map((one) => `${one.id} by ${one.engine}`).join(", ");
  throw new InvalidInputError(`Incident ${incident} has no investigation ${id}, expected one of ${known}`);
}

/**
 * The instance of an incident.
 * @throws {InvalidInputError} If there is no such incident.
 */
export function instanceOfIncident(database: Database, id: number): Instance {
  const incident = database.incidents.get(id);
  if (!incident)
    throw new InvalidInputError(`There is no incident ${id}; list them with: operator incidents list --all`);
  return instanceOf(database, incident);
}

/**
 * Exports an incident with an investigation as a bundle: everything an engine could ask for, and every step that it
 * took.
 * @throws {InvalidInputError} If there is none, or its case is no longer stored.
 */
export function bundleOf(database: Database, incident: number, id?: number): Bundle {
  const chosen = investigationOf(database, incident, id);
  const stored = database.investigations.caseOf(chosen.id);
  if (stored === undefined) {
    throw new InvalidInputError(`The case of investigation ${chosen.id} is no longer stored: choose another one`);
  }
  const { engine, state, startedAtMs, outcome, spent } = chosen;
  const steps = database.investigations.steps(chosen.id).map(({ atMs, kind, summary, detail }) => {
    return { atMs, kind, summary, detail };
  });
  const diagnosis = database.incidents.diagnoses(incident).at(-1);
  return {
    bundle: BUNDLE_VERSION,
    case: parseCase(stored),
    investigation: { engine, state, startedAtMs, outcome, spent, steps },
    ...(diagnosis && { diagnosis }),
    ...emulatedMark(instanceOfIncident(database, incident)),
  };
}

/**
 * Reads a bundle from a file.
 * @throws {InvalidInputError} If there is no such file, or it is not a usable bundle.
 */
export function bundleIn(path: string): Bundle {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new InvalidInputError(`Cannot read "${path}", expected the number of an incident or the file of a bundle`, {
      cause: cause instanceof Error && "code" in cause ? String(cause.code) : undefined,
    });
  }
  return readBundle(text);
}
