/** Whether the cause of an incident is still there: the persistent claims of its confirmed causes, on a fresh look. */

import { evaluateClaim, isNeutral, type Predicate } from "../core/diagnosis/claims/mod.ts";
import type { Diagnosis } from "../core/diagnosis/diagnosis.ts";
import { freshEvidence } from "../core/diagnosis/fresh-evidence.ts";
import type { Hypothesis } from "../core/diagnosis/hypothesis.ts";
import type { Checkup } from "../core/subject/checkup.ts";
import { type ClaimFinding, type ClaimsStep, followClaims } from "../core/tickets/closing.ts";
import type { Incident } from "../core/tickets/incident.ts";
import type { CheckupOptions } from "./options.ts";

/** The look at which claims are asked again. */
export interface ClosingQuestion {
  readonly checkup: Checkup;
  /** Epoch milliseconds at which the last ticket was resolved; absent while one is open. */
  readonly quietSinceMs: number | undefined;
}

const HOLDS_TO_RESOLVE = 3;

/** Asks every confirmed cause of an incident that no later diagnosis has refuted. */
export async function causeStateOf(
  { id, closing }: Incident,
  { checkup, quietSinceMs }: ClosingQuestion,
  { database, series, signal, rules }: CheckupOptions,
): Promise<ClaimsStep> {
  const causes = confirmedCauses(database.incidents.diagnoses(id));
  const findings = await Promise.all(causes.map((cause) => findingsOf(cause, checkup, { series, signal })));
  const holdsToResolve = rules?.holdsToResolve ?? HOLDS_TO_RESOLVE;
  return followClaims(closing, findings.flat(), { atMs: checkup.picture.atMs, holdsToResolve, quietSinceMs });
}

/** The newest word on each confirmed cause; one that a later diagnosis set aside does not count. */
export function confirmedCauses(diagnoses: readonly Diagnosis[]): readonly Hypothesis[] {
  const causes = new Map<string, Hypothesis>();
  for (const { cause, options } of diagnoses) {
    for (const option of options) if (option.verdict === "inconclusive") causes.delete(nameOf(option));
    if (cause?.verdict === "confirmed") causes.set(nameOf(cause), cause);
  }
  return [...causes.values()];
}

function nameOf({ component, mechanism }: Pick<Hypothesis, "component" | "mechanism">): string {
  return `${mechanism} ${component}`;
}

async function findingsOf(
  cause: Hypothesis,
  now: Checkup,
  history: Parameters<typeof freshEvidence>[2],
): Promise<readonly ClaimFinding[]> {
  const evidence = await freshEvidence(cause, now, history);
  return cause.claims
    .filter(({ side, persistent }) => side === "for" && persistent)
    .map(({ predicate }) => {
      const key = JSON.stringify(predicate);
      // Of a component that is gone for good nothing can be left.
      const found = isRetired(predicate, now)
        ? ({ outcome: "false", figure: "its component no longer exists" } as const)
        : evaluateClaim(predicate, evidence);
      return { key, ...found, isNeutral: isNeutral(predicate) };
    });
}

/** Whether a predicate speaks of an entity that is gone for good, or of a component that should not be there any more and is not. */
function isRetired(predicate: Predicate, { retired, topology, picture }: Checkup): boolean {
  const fields = new Map<string, unknown>(Object.entries(predicate));
  const entity = fields.get("entity");
  const known = [...topology.components, ...picture.components];
  // Other entities than components come and go without being in either.
  const isComponent = known.some(({ id }) => typeof entity === "string" && kindOf(id) === kindOf(entity));
  const named = [
    ...["component", "from", "to"].flatMap((name) => fields.get(name) ?? []),
    ...(isComponent ? [entity] : []),
  ];
  const isThere = (id: unknown): boolean => known.some((one) => one.id === id);
  return named.some((id) => !isThere(id)) || retired.some((id) => id === entity || named.includes(id));
}

function kindOf(id: string): string {
  return id.slice(0, id.indexOf("/"));
}
