/** What nobody has read, and what would tell a cause that is inferred from figures from a loss or a cut. */

import type { Claim } from "../../../core/diagnosis/claims/mod.ts";
import type { Hypothesis } from "../../../core/diagnosis/hypothesis.ts";
import { BY_FIGURES } from "../../../core/diagnosis/symptoms.ts";
import type { Link } from "../../../core/system/picture.ts";
import { isWhole } from "../../../core/system/places.ts";
import type { ComponentId } from "../../../core/words/ids.ts";
import type { Mechanism } from "../../../core/words/mechanism.ts";
import { explainedBy } from "../../case/explained-by.ts";
import { type Brief, refutes, stateIs, supports } from "./mechanism.ts";
import { eventSince, isTimelineUnread, lastingBreaks, seenComponent } from "./reading.ts";

type Way = Pick<Link, "from" | "to" | "kind">;

/** Of what was not read, as much is named. */
const MOST_NAMED = 3;

/**
 * Claims against a cause that is inferred from figures which nothing on record can decide: that a component it speaks of is
 * down, that a link of it is broken, that its settings had changed. While one is unknown, the cause is no more than likely.
 */
export function unreadClaims(cause: Pick<Hypothesis, "component" | "mechanism">, brief: Brief): readonly Claim[] {
  if (!BY_FIGURES.has(cause.mechanism)) return [];
  const places = [cause.component, ...explainedBy(cause, brief.case).map(({ on }) => on)];
  const parts = new Set(places.filter((id) => !isWhole(id)));
  const unseen = [...parts].filter((id) => seenComponent(id, brief)?.state === "unknown");
  return [
    ...unseen.map((id) => refutes(stateIs(id, "state", "down"))),
    ...unreadWays(parts, brief).map(({ from, to }) => refutes({ kind: "link-broken", from, to })),
    ...(BY_LOAD.has(cause.mechanism) ? [...brokenWays(parts, brief), ...unjudgedChanges(brief)] : []),
    ...(isTimelineUnread(brief) ? [...parts].map(reconfiguredBefore) : []),
  ].slice(0, MOST_NAMED);
}

/** A broken link may change how much others ask of a component, whichever end is at fault: until it works, the cause is open. */
const BY_LOAD: ReadonlySet<Mechanism> = new Set(["load-surge", "skewed-load"]);

function brokenWays(parts: ReadonlySet<ComponentId>, brief: Brief): readonly Claim[] {
  const isPart = (id: ComponentId): boolean => parts.has(id);
  const broken = [...parts].flatMap((id) => lastingBreaks(id, brief)).filter(({ to }) => isPart(to) || !isWhole(to));
  const open = broken.filter(({ to }) => seenComponent(to, brief)?.state === "up");
  return open.map(({ from, to }) => supports({ kind: "link-works", from, to }));
}

/** Settings that changed as the trouble began, of which no invariant could say whether they are as they should be. */
function unjudgedChanges(brief: Brief): readonly Claim[] {
  const { now } = brief.evidence;
  const about = new Set(brief.case.invariants.filter(({ symptom }) => symptom === "configuration").map(({ id }) => id));
  const changed = (id: ComponentId): boolean =>
    eventSince("reconfigured", id, brief) || eventSince("upgraded", id, brief);
  return now.judgements
    .filter(({ invariant, on, verdict }) => verdict === "unknown" && about.has(invariant) && changed(on))
    .map(({ invariant, entity }) => refutes({ kind: "verdict-is", invariant, entity, verdict: "violated" }));
}

function reconfiguredBefore(of: ComponentId): Claim {
  return refutes({ kind: "order", earlier: { event: "reconfigured", of }, later: { event: "violated", of } });
}

/** Links from or to any of these components of which it is not known whether they work: those of the topology, and all that were ever seen. */
export function unreadWays(parts: ReadonlySet<ComponentId>, { case: given, evidence }: Brief): readonly Way[] {
  const { now, before } = evidence;
  const read = new Set(now.picture.links.filter(({ state }) => state !== "unknown").map(nameOf));
  // With an end that is down, the way to it tells nothing more.
  const down = new Set(now.picture.components.filter(({ state }) => state === "down").map(({ id }) => id));
  const past = (before?.picture.links ?? []).filter((way) => !leadsElsewhere(way, now.picture.links));
  const known: readonly Way[] = [...given.topology.links, ...now.picture.links, ...past];
  const unread = known.filter(
    (way) =>
      (parts.has(way.from) || parts.has(way.to)) && !read.has(nameOf(way)) && !(down.has(way.from) || down.has(way.to)),
  );
  return [...new Map(unread.map((way) => [nameOf(way), way])).values()];
}

/** Whether a way of before is gone for a way of its kind to another end, as the one to a leader is when another one leads. */
function leadsElsewhere({ from, to, kind }: Way, links: readonly Link[]): boolean {
  const alike = links.filter((link) => link.from === from && link.kind === kind);
  return alike.every((link) => link.to !== to) && alike.some(({ state }) => state !== "unknown");
}

function nameOf({ from, to }: Way): string {
  return `${from} ${to}`;
}
