/** The `rules` engine: weighs every generic mechanism at every suspect. No model, no network, no word of any subject. */

import { CONFIDENCE_CAP, type Conclusion, type RejectedOption } from "../core/diagnosis/diagnosis.ts";
import { CAUSE_VERDICTS, type Hypothesis, isRuledOut, weigh } from "../core/diagnosis/hypothesis.ts";
import type { ComponentId } from "../core/words/ids.ts";
import type { Engine } from "./engine.ts";
import type { EvidencePack } from "./evidence-pack.ts";
import { propositionsFor } from "./mechanisms.ts";

/** The embedded default, and the baseline that any other engine must beat. */
export const rules: Engine = { id: "rules", diagnose: async (pack) => diagnoseByRules(pack) };

function diagnoseByRules(pack: EvidencePack): Conclusion {
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
    confidence: CONFIDENCE_CAP[cause?.verdict ?? "inconclusive"],
    unknowns: unknownsOf(cause, pack),
  };
}

/** Components that are not what they were or should be, or of which a ticket speaks; none that no ticket touches. */
function suspectsOf(pack: EvidencePack): readonly ComponentId[] {
  const { stateChanges, brokenLinks, tickets, evidence } = pack;
  const touched = touchedBy(pack);
  const present = new Set(evidence.now.picture.components.map(({ id }) => id));
  const named = [
    ...stateChanges.map(({ component }) => component),
    ...evidence.now.picture.components.filter(({ state }) => state === "down").map(({ id }) => id),
    ...brokenLinks.map(({ from }) => from),
    ...tickets.map(({ on }) => on),
  ];
  return [...new Set(named)].filter((id) => present.has(id) && touched.has(id));
}

/** What tickets speak of, members where that is a group, and what is linked to any of these. */
function touchedBy({ tickets, topology: { groups, links } }: EvidencePack): ReadonlySet<ComponentId> {
  const named = new Set(tickets.map(({ on }) => on));
  const members = groups.filter(({ id }) => named.has(id)).flatMap((group) => group.members);
  const core = named.union(new Set(members));
  const ends = links.filter(({ from, to }) => core.has(from) || core.has(to)).flatMap(({ from, to }) => [from, to]);
  return core.union(new Set(ends));
}

function rank({ verdict }: Hypothesis): number {
  return CAUSE_VERDICTS.indexOf(verdict);
}

/** Tickets on the component itself or on what depends on it directly. */
function explained({ component }: Hypothesis, { tickets, topology }: EvidencePack): number {
  const reached = new Set([component, ...topology.links.filter(({ to }) => to === component).map(({ from }) => from)]);
  return tickets.filter(({ on }) => reached.has(on)).length;
}

function affectedBy(cause: Hypothesis | undefined, pack: EvidencePack): ComponentId[] {
  const touched = touchedBy(pack);
  const troubled = pack.stateChanges.filter(({ component, now }) => now !== "up" && touched.has(component));
  return [...new Set([...pack.tickets.map(({ on }) => on), ...troubled.map(({ component }) => component)])].filter(
    (id) => id !== cause?.component,
  );
}

function propagationOf(
  cause: Hypothesis | undefined,
  affected: readonly ComponentId[],
  { topology }: EvidencePack,
): Conclusion["propagation"] {
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
  const ruledOut = claims.find((claim) => claim.side === "for" && isRuledOut(claim));
  if (ruledOut) return ruledOut.figure;
  if (verdict === "inconclusive") return "Nothing that was seen speaks for it";
  return `${cause?.mechanism ?? "another cause"} of ${cause?.component ?? "another component"} explains more`;
}

function observationOf({ violations, topology, evidence }: EvidencePack): string {
  const up = evidence.now.picture.components.filter(({ state }) => state === "up").length;
  const seen = `${up} of ${topology.components.length} components are up, ${violations.length} judgements are violated`;
  return violations.length > 0 ? `${seen}: ${violations.map(({ summary }) => summary).join("; ")}` : seen;
}

function unknownsOf(cause: Hypothesis | undefined, pack: EvidencePack): string[] {
  const touched = touchedBy(pack);
  const elsewhere = pack.evidence.now.picture.components.filter(
    ({ id, state }) => state === "down" && !touched.has(id),
  );
  const unseen = (cause?.claims ?? []).filter(({ outcome }) => outcome === "unknown").map(({ figure }) => figure);
  const missing = cause ? [] : ["No mechanism that the rules know is carried by what was seen"];
  const unrelated = elsewhere.map(({ id }) => `${id} is down, and nothing links it to this trouble`);
  return [...missing, ...unrelated, ...pack.blindSpots, ...unseen];
}
