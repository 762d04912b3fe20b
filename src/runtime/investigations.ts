/** Recorded investigations: selecting one, exporting it as a bundle, and reading bundles. */

import { readFileSync, statSync } from "node:fs";
import { parseCase } from "../agent/case/case.ts";
import { BUNDLE_VERSION, type Bundle, readBundle } from "../agent/replay/bundle.ts";
import type { Investigation } from "../core/diagnosis/investigation.ts";
import { InvalidInputError, messageOf } from "../core/text/errors.ts";
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
  try {
    const stat = statSync(path);
    if (stat.isFile() && stat.size <= MOST_BYTES) return readBundle(textOf(readFileSync(path)));
    const what = stat.isFile() ? `it has ${stat.size} bytes` : stat.isDirectory() ? "it is a folder" : "it is no file";
    throw new InvalidInputError(`${what}, expected the file of a bundle`);
  } catch (error) {
    const isOurs = error instanceof InvalidInputError;
    const why = isOurs
      ? error.message
      : `${messageOf(error)}, expected the number of an incident or the file of a bundle`;
    throw new InvalidInputError(why.includes(`"${path}"`) ? why : `Cannot read "${path}": ${why}`);
  }
}

/** Bytes of a bundle; those of the largest labs have a few million. */
const MOST_BYTES = 200_000_000;

const GZIP = [0x1f, 0x8b] as const;

function textOf(bytes: Uint8Array): string {
  if (GZIP.every((byte, index) => bytes[index] === byte)) {
    throw new InvalidInputError("it is compressed, expected a bundle as it was exported: unpack it with gunzip");
  }
  return new TextDecoder().decode(bytes);
}
