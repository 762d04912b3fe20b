/** Generic failure mechanisms as propositions: for one component each says what would have to be so, and what would refute it. */

import type { Claim, Predicate } from "../core/diagnosis/claims/mod.ts";
import type { Proposition } from "../core/diagnosis/hypothesis.ts";
import type { Link } from "../core/system/picture.ts";
import type { ProcessState } from "../core/system/process.ts";
import type { TimelineEvent } from "../core/system/timeline.ts";
import { entityKey } from "../core/tickets/entity-state.ts";
import type { ComponentId } from "../core/words/ids.ts";
import type { EvidencePack } from "./evidence-pack.ts";

/** Every mechanism that could explain trouble at a component, with its claims yet to be evaluated. */
export function propositionsFor(component: ComponentId, pack: EvidencePack): readonly Proposition[] {
  return [crash, hang, partition, dependencyLoss].map((mechanism) => mechanism(component, pack));
}

/** It is gone: nothing listens where it should, and it was there before. */
function crash(component: ComponentId, pack: EvidencePack): Proposition {
  return {
    component,
    mechanism: "crash",
    summary: `${component} is not running`,
    claims: [
      supports(stateIs(component, "state", "down")),
      ...(hasProbe(component, pack) ? [supports(stateIs(component, "probe", "refused"))] : []),
      ...processClaims(component, "exited", pack),
      supports({ kind: "changed", component, change: "went-down" }),
      ...ticketClaims(component, pack),
      refutes(stateIs(component, "probe", "timed-out")),
      refutes(stateIs(component, "probe", "answered")),
      ...dependenciesOf(component, pack).map((needed) => refutes(stateIs(needed, "state", "down"))),
    ],
  };
}

/** It is there and does not answer. */
function hang(component: ComponentId, pack: EvidencePack): Proposition {
  return {
    component,
    mechanism: "hang",
    summary: `${component} runs but does not answer`,
    claims: [
      ...(isGlimpse({ event: "went-down", of: component }, pack)
        ? []
        : [supports(stateIs(component, "probe", "timed-out"))]),
      ...processClaims(component, "hung", pack),
      supports({ kind: "changed", component, change: "went-down" }),
      ...ticketClaims(component, pack),
      refutes(stateIs(component, "probe", "refused")),
      refutes(stateIs(component, "probe", "answered")),
      ...answersBetween(component, pack),
      ...dependenciesOf(component, pack).map((needed) => refutes(stateIs(needed, "state", "down"))),
    ],
  };
}

/** Whether only the look that is judged has seen it: what is slow fails to answer now and then, too. */
function isGlimpse(seen: Pick<TimelineEvent, "event" | "of" | "to">, { evidence }: EvidencePack): boolean {
  return evidence.timeline.some(
    ({ event, of, to, atMs }) =>
      event === seen.event && of === seen.of && to === seen.to && atMs === evidence.now.picture.atMs,
  );
}

/** It came back while the trouble lasted, so it answers now and then. */
function answersBetween(component: ComponentId, { evidence, incident }: EvidencePack): readonly Claim[] {
  const back = evidence.timeline.some(
    ({ event, of, atMs }) => event === "came-up" && of === component && atMs >= incident.beganAtMs,
  );
  const order = { earlier: { event: "went-down", of: component }, later: { event: "came-up", of: component } } as const;
  return back ? [refutes({ kind: "order", ...order })] : [];
}

/** It and what it needs both work, and cannot reach each other: others reach the other end, and all the time. */
function partition(component: ComponentId, pack: EvidencePack): Proposition {
  const broken = pack.brokenLinks.filter(
    ({ from, to }) => from === component && !isGlimpse({ event: "link-broke", of: from, to }, pack),
  );
  return {
    component,
    mechanism: "partition",
    summary: `${component} is up and cut off from ${broken.map(({ to }) => to).join(", ") || "others"}`,
    claims: [
      ...broken.flatMap((link) => [
        supports({ kind: "link-broken", from: component, to: link.to }),
        ...otherWays(link, pack),
        refutes(stateIs(link.to, "state", "down")),
        ...waverings(link, pack),
      ]),
      refutes(stateIs(component, "state", "down")),
    ],
  };
}

/** Another that reaches the other end speaks for a cut; where others are seen and none does, one of them against it. */
function otherWays({ from, to }: Link, { evidence }: EvidencePack): readonly Claim[] {
  const others = evidence.now.picture.links.filter((link) => link.to === to && link.from !== from);
  const works = others.find(({ state }) => state === "up");
  if (works) return [supports({ kind: "link-works", from: works.from, to })];
  const lost = others.find(({ state }) => state === "down");
  return lost ? [refutes({ kind: "link-broken", from: lost.from, to })] : [];
}

/** A way to the other end that came back while the trouble lasted: it serves now and then, so nothing is cut. */
function waverings({ to }: Link, { evidence, incident }: EvidencePack): readonly Claim[] {
  const back = evidence.timeline.find(
    (event) => event.event === "link-recovered" && event.to === to && event.atMs >= incident.beganAtMs,
  );
  if (!back) return [];
  const of = { of: back.of, to };
  return [
    refutes({ kind: "order", earlier: { event: "link-broke", ...of }, later: { event: "link-recovered", ...of } }),
  ];
}

/** It works, and what it needs does not. */
function dependencyLoss(component: ComponentId, pack: EvidencePack): Proposition {
  const needed = dependenciesOf(component, pack);
  return {
    component,
    mechanism: "dependency-loss",
    summary: `${component} lost ${needed.join(", ") || "what it depends on"}`,
    claims: needed.flatMap((to) => [
      supports({ kind: "link-broken", from: component, to }),
      refutes(stateIs(to, "state", "up")),
    ]),
  };
}

/** What only waits out its hold-down speaks neither for nor against. */
function ticketClaims(component: ComponentId, { tickets, evidence }: EvidencePack): readonly Claim[] {
  const over = new Set(evidence.now.judgements.filter(({ verdict }) => verdict === "holds").map(entityKey));
  return tickets
    .filter((ticket) => ticket.on === component && !over.has(entityKey(ticket)))
    .map(({ invariant, entity }) => supports({ kind: "verdict-is", invariant, entity, verdict: "violated" }));
}

function dependenciesOf(component: ComponentId, { topology }: EvidencePack): readonly ComponentId[] {
  return [...new Set(topology.links.filter(({ from }) => from === component).map(({ to }) => to))];
}

/** Where a deployment knows the process, it is in that state. */
function processClaims(
  component: ComponentId,
  state: ProcessState,
  { evidence: { now } }: EvidencePack,
): readonly Claim[] {
  const isKnown = now.picture.components.some(({ id, process }) => id === component && process !== undefined);
  return isKnown ? [supports(stateIs(component, "process.state", state))] : [];
}

function hasProbe(component: ComponentId, { evidence }: EvidencePack): boolean {
  return evidence.now.picture.components.some(({ id, probe }) => id === component && probe !== undefined);
}

function stateIs(component: ComponentId, path: string, value: string): Predicate {
  return { kind: "state-is", component, path, comparison: "is", value };
}

function supports(predicate: Predicate): Claim {
  return { side: "for", predicate };
}

function refutes(predicate: Predicate): Claim {
  return { side: "against", predicate };
}
