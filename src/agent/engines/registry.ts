/** The engines by name; each is loaded only when it is asked for. */

import { InvalidInputError } from "../../core/text/errors.ts";
import type { ClaudeWorld } from "./claude/mod.ts";
import type { ClaudeSettings } from "./claude/settings.ts";
import type { Engine } from "./engine.ts";

/** What each engine is set to, by its name. */
export interface EngineSettings {
  readonly claude?: ClaudeSettings;
  /** What a replay puts in the place of a model and of time. */
  readonly world?: ClaudeWorld;
}

/** Adding an engine is a folder beside this file and a line here. */
const ENGINES = new Map<string, (settings: EngineSettings) => Promise<Engine>>([
  ["rules", () => import("./rules/mod.ts").then(({ rules }) => rules)],
  [
    "claude",
    (settings) => import("./claude/mod.ts").then(({ claude }) => claude(settings.claude ?? {}, settings.world)),
  ],
]);

/** Names of all engines. */
export function engineIds(): readonly string[] {
  return [...ENGINES.keys()];
}

/**
 * Loads an engine.
 * @throws {InvalidInputError} If there is none of that name.
 */
export async function loadEngine(id: string, settings: EngineSettings = {}): Promise<Engine> {
  const load = ENGINES.get(id);
  if (!load) throw new InvalidInputError(`Cannot find engine "${id}", expected one of ${engineIds().join(", ")}`);
  return await load(settings);
}
