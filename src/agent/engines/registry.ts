/** The engines by name; each is loaded only when it is asked for. */

import { InvalidInputError } from "../../core/text/errors.ts";
import type { Engine } from "./engine.ts";

/** Adding an engine is a folder beside this file and a line here. */
const ENGINES: ReadonlyMap<string, () => Promise<Engine>> = new Map([
  ["rules", () => import("./rules/mod.ts").then(({ rules }) => rules)],
]);

/** Names of all engines. */
export function engineIds(): readonly string[] {
  return [...ENGINES.keys()];
}

/**
 * Loads an engine.
 * @throws {InvalidInputError} If there is none of that name.
 */
export async function loadEngine(id: string): Promise<Engine> {
  const load = ENGINES.get(id);
  if (!load) throw new InvalidInputError(`Cannot find engine "${id}", expected one of ${engineIds().join(", ")}`);
  return await load();
}
