/** How trouble travels: from what set the cause off, over links, to each ticket that the cause explains. */

import type { Conclusion } from "../../../core/diagnosis/diagnosis.ts";
import type { Cause } from "../../../core/diagnosis/explains.ts";
import type { Hypothesis } from "../../../core/diagnosis/hypothesis.ts";
import type { ComponentId } from "../../../core/words/ids.ts";
import type { Case, CaseTicket } from "../../case/case.ts";
import { explainedBy } from "../../case/explained-by.ts";

type Step = Conclusion["propagation"][number];

/** The steps from the root to every ticket that it explains, each once. */
export function chainOf(cause: Hypothesis & Cause, given: Case): readonly Step[] {
  const ways = explainedBy(cause, given).flatMap((ticket) => wayTo(ticket, cause, given));
  const reached = new Set(ways.map(({ to }) => to));
  const lost = lostBy(cause, given).filter(({ to }) => !reached.has(to));
  const steps = [...triggersOf(cause), ...lost, ...ways];
  return [...new Map(steps.map((step) => [JSON.stringify(step), step])).values()];
}

/** A change of the component itself that came first. */
function triggersOf({ component, mechanism, claims }: Hypothesis): readonly Step[] {
  if (mechanism === "configuration-change") return [];
  return claims
    .filter(({ side, outcome, predicate }) => side === "for" && outcome === "true" && predicate.kind === "changed")
    .filter(({ predicate }) => predicate.kind === "changed" && predicate.change !== "went-down")
    .map(({ figure }) => ({ from: component, to: component, how: figure }));
}

/** Those who need it and have lost it. */
function lostBy({ component }: Hypothesis, { picture }: Case): readonly Step[] {
  return picture.links
    .filter(({ to, state }) => to === component && state === "down")
    .map(({ from, to }) => ({ from: to, to: from, how: `${from} has lost ${to}` }));
}

function wayTo(ticket: CaseTicket, cause: Hypothesis, given: Case): readonly Step[] {
  const seen = `${ticket.invariant} of ${ticket.on}${ticket.reason === undefined ? "" : ` (${ticket.reason})`}`;
  const path = pathBetween(cause.component, ticket.on, given);
  const symptom = given.invariants.find(({ id }) => id === ticket.invariant)?.symptom;
  if (path.length === 0) {
    // A wrong result is seen where it is kept, and brought about by those who work without.
    const without = lostBy(cause, given).map(({ to }) => to);
    const isOwn = symptom !== "wrong-result" || without.length === 0;
    const sources = isOwn ? [cause.component] : without;
    return ticket.on === cause.component && isOwn ? [] : sources.map((from) => ({ from, to: ticket.on, how: seen }));
  }
  return path.map((step, index) => ({ ...step, how: index === path.length - 1 ? `${step.how}: ${seen}` : step.how }));
}

/** The shortest way over links, all towards those who need or all towards what is needed; none to itself or where no link leads. */
function pathBetween(from: ComponentId, to: ComponentId, { picture, topology: { links } }: Case): readonly Step[] {
  const broken = new Set(
    picture.links.filter(({ state }) => state === "down").map((link) => `${link.from} ${link.to}`),
  );
  const upwards = links.map((link) => {
    const isLost = broken.has(`${link.from} ${link.to}`);
    const how = isLost ? `${link.from} has lost ${link.to}` : `${link.from} depends on ${link.to} by ${link.kind}`;
    return { from: link.to, to: link.from, how };
  });
  const downwards = links.map((link) => ({
    from: link.from,
    to: link.to,
    how: `${link.from} asks ${link.to} by ${link.kind}`,
  }));
  return shortest(from, to, upwards) ?? shortest(from, to, downwards) ?? [];
}

function shortest(from: ComponentId, to: ComponentId, steps: readonly Step[]): readonly Step[] | undefined {
  const byStart = Map.groupBy(steps, (step) => step.from);
  const paths = new Map<ComponentId, readonly Step[]>([[from, []]]);
  for (const [at, path] of paths) {
    if (at === to) return path;
    for (const step of byStart.get(at) ?? []) if (!paths.has(step.to)) paths.set(step.to, [...path, step]);
  }
  return undefined;
}
