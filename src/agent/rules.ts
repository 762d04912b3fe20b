/** The `rules` engine: weighs every generic mechanism at every suspect. No model, no network, no word of any subject. */

import { suggestActions } from "../actions/propose.ts";
import { CONFIDENCE_CAP, type Diagnosis, type RejectedOption } from "../core/diagnosis.ts";
import { CAUSE_VERDICTS, type Hypothesis, isStruck, weigh } from "../core/hypothesis.ts";
import type { ComponentId } from "../core/ids.ts";
import type { Engine } from "./engine.ts";
import type { EvidencePack } from "./evidence-pack.ts";
import { propositionsFor } from "./mechanisms.ts";

/** The embedded default, and the baseline that any other engine must beat. */
export const rules: Engine = { id: "rules", diagnose: async (pack) => diagnoseByRules(pack) };

function diagnoseByRules(pack: EvidencePack): Diagnosis {
  const weighed = suspectsOf(pack)
    .flatMap((component) => propositionsFor(component, pack))
    .map((proposition) => weigh(proposition, pack.evidence))
    .toSorted((a, b) => rank(a) - rank(b) || explained(b, pack) - explained(a, pack));
  const [first, ...rest] = weighed;
  const cause = first && first.verdict !== "inconclusive" ? first : undefined;
  const affected = affectedBy(cause, pack);
  return {
    engine: "rules",
    atMs: pack.evidence.now.picture.atMs,
    observation: observationOf(pack),
    timeline: [...pack.evidence.timeline],
    ...(cause && { cause }),
    affected,
    propagation: propagationOf(cause, affected, pack),
    options: (cause ? rest : weighed).map((option) => reject(option, cause)),
    suggestions: cause ? suggestActions(cause, pack.evidence.now.picture, pack.offered) : [],
    confidence: CONFIDENCE_CAP[cause?.verdict ?? "inconclusive"],
    unknowns: unknownsOf(cause, pack),
  };
}

/** Components that are not what they were or should be, or of which a ticket speaks. */
function suspectsOf({ stateChanges, brokenLinks, tickets, evidence }: EvidencePack): readonly ComponentId[] {
  const present = new Set(evidence.now.picture.components.map(({ id }) => id));
  const named = [
    ...stateChanges.map(({ component }) => component),
    ...evidence.now.picture.components.filter(({ state }) => state === "down").map(({ id }) => id),
    ...brokenLinks.map(({ from }) => from),
    ...tickets.map(({ on }) => on),
  ];
  return [...new Set(named)].filter((id) => present.has(id));
}

function rank({ verdict }: Hypothesis): number {
  return CAUSE_VERDICTS.indexOf(verdict);
}

/** Tickets on the component itself or on what depends on it directly. */
function explained({ component }: Hypothesis, { tickets, topology }: EvidencePack): number {
  const reached = new Set([component, ...topology.links.filter(({ to }) => to === component).map(({ from }) => from)]);
  return tickets.filter(({ on }) => reached.has(on)).length;
}

function affectedBy(cause: Hypothesis | undefined, { tickets, stateChanges }: EvidencePack): ComponentId[] {
  const troubled = stateChanges.filter(({ now }) => now !== "up").map(({ component }) => component);
  return [...new Set([...tickets.map(({ on }) => on), ...troubled])].filter((id) => id !== cause?.component);
}

function propagationOf(
  cause: Hypothesis | undefined,
  affected: readonly ComponentId[],
  { topology }: EvidencePack,
): Diagnosis["propagation"] {
  if (!cause) return [];
  return topology.links
    .filter(({ from, to }) => to === cause.component && affected.includes(from))
    .map(({ from, to, kind }) => ({ from: to, to: from, how: `${from} depends on ${to} by ${kind}` }));
}

function reject(option: Hypothesis, cause: Hypothesis | undefined): RejectedOption {
  return { ...option, rejectedBecause: objectionTo(option, cause) };
}

/** What speaks against it most: what refutes it, else what it claims in vain, else what was never seen. */
function objectionTo({ claims, verdict }: Hypothesis, cause: Hypothesis | undefined): string {
  const refuting = claims.find(({ side, outcome }) => side === "against" && outcome === "true");
  if (refuting) return refuting.figure;
  const struck = claims.find((claim) => claim.side === "for" && isStruck(claim));
  if (struck) return struck.figure;
  if (verdict === "inconclusive") return "Nothing that was seen speaks for it";
  return `${cause?.mechanism ?? "another cause"} of ${cause?.component ?? "another component"} explains more`;
}

function observationOf({ violations, topology, evidence }: EvidencePack): string {
  const up = evidence.now.picture.components.filter(({ state }) => state === "up").length;
  const seen = `${up} of ${topology.components.length} components are up, ${violations.length} judgements are violated`;
  return violations.length > 0 ? `${seen}: ${violations.map(({ summary }) => summary).join("; ")}` : seen;
}

function unknownsOf(cause: Hypothesis | undefined, { blindSpots }: EvidencePack): string[] {
  const unseen = (cause?.claims ?? []).filter(({ outcome }) => outcome === "unknown").map(({ figure }) => figure);
  const missing = cause ? [] : ["No mechanism that the rules know is carried by what was seen"];
  return [...missing, ...blindSpots, ...unseen];
}
