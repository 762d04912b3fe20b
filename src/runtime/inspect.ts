/** Inspects one component on demand: every cheap inspection, or one by name. */

import { type BoundInspection, differenceOf, type Inspected, inspect } from "../core/subject/inspection.ts";
import { InvalidInputError } from "../core/text/errors.ts";
import { withSuggestion } from "../core/text/suggest.ts";
import { type ComponentId, isComponentId } from "../core/words/ids.ts";
import type { OpenSubject } from "./subjects/open-subject.ts";

/** The component and the inspection. */
export interface InspectRequest {
  readonly component: string;
  /** @default every cheap one */
  readonly inspection?: string;
  readonly signal: AbortSignal;
}

/** Results of inspections, and the names of the others. */
export interface Inspections {
  readonly shown: readonly Inspected[];
  readonly more: readonly Pick<BoundInspection, "id" | "description" | "cost">[];
}

/**
 * Runs the inspections, each with its result from the last healthy look.
 * @throws {InvalidInputError} If there is no such component, or no such inspection of it.
 */
export async function inspectComponent(
  { session, monitoring }: OpenSubject,
  { component, inspection, signal }: InspectRequest,
): Promise<Inspections> {
  const id = knownComponent(component, session.topology().components);
  const offered = [...session.inspections, ...(monitoring.inspections ?? [])].filter(({ appliesTo }) => appliesTo(id));
  const wanted =
    inspection === undefined ? offered.filter(({ cost }) => cost === "cheap") : [named(inspection, id, offered)];
  const { database, instance, clock } = monitoring;
  const shown = await Promise.all(
    wanted.map(async (one) => {
      const now = await inspect(one, id, { atMs: clock.now(), signal });
      const healthy = one.compared && database.inspections.healthy(instance.id, now);
      const difference = one.compared && healthy && differenceOf(healthy, now, one.compared);
      return difference ? { ...now, difference } : now;
    }),
  );
  return { shown, more: offered.filter((one) => !wanted.includes(one)) };
}

function knownComponent(text: string, components: readonly { readonly id: ComponentId }[]): ComponentId {
  const known = components.map(({ id }) => id);
  if (isComponentId(text) && known.includes(text)) return text;
  const message = `Cannot find component "${text}", expected one of ${known.join(", ")}`;
  throw new InvalidInputError(withSuggestion(message, text, known));
}

function named(inspection: string, component: ComponentId, offered: readonly BoundInspection[]): BoundInspection {
  const found = offered.find(({ id }) => id === inspection);
  if (found) return found;
  const known = offered.map(({ id }) => id);
  const state = known.length > 0 ? `expected one of ${known.join(", ")}` : "nothing of it can be inspected";
  throw new InvalidInputError(
    withSuggestion(`Cannot find inspection "${inspection}" of ${component}, ${state}`, inspection, known),
  );
}
