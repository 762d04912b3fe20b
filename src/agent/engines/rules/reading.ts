/** What several mechanisms read off a brief, and the claims that several of them make. */

import { type Claim, type Evidence, evaluateClaim, type Predicate } from "../../../core/diagnosis/claims/mod.ts";
import type { Component, Link } from "../../../core/system/picture.ts";
import type { ProcessState } from "../../../core/system/process.ts";
import type { TimelineEvent } from "../../../core/system/timeline.ts";
import type { ComponentId } from "../../../core/words/ids.ts";
import { isAnswer, type ProbeFailure, type ProbeOutcome } from "../../../core/words/probe-outcome.ts";
import type { Symptom } from "../../../core/words/symptom.ts";
import { type Brief, refutes, stateIs, supports } from "./mechanism.ts";

/** The component of that id as last seen. */
export function seenComponent(id: ComponentId, { evidence }: Brief): Component | undefined {
  return evidence.now.picture.components.find((component) => component.id === id);
}

/** What a component depends on directly. */
export function dependenciesOf(component: ComponentId, { case: { topology } }: Brief): readonly ComponentId[] {
  return [...new Set(topology.links.filter(({ from }) => from === component).map(({ to }) => to))];
}

/** What depends on a component directly. */
export function dependantsOf(component: ComponentId, { case: { topology } }: Brief): readonly ComponentId[] {
  return [...new Set(topology.links.filter(({ to }) => to === component).map(({ from }) => from))];
}

/** Whether a component only asks: it needs others, and nothing needs it. */
export function isSource(component: ComponentId, brief: Brief): boolean {
  return dependenciesOf(component, brief).length > 0 && dependantsOf(component, brief).length === 0;
}

/** Links of a component to what it depends on that are broken, and not only at the look that is judged. */
export function lastingBreaks(component: ComponentId, brief: Brief): readonly Link[] {
  return brief.evidence.now.picture.links.filter(
    ({ from, to, state }) =>
      state === "down" && from === component && !isGlimpse({ event: "link-broke", of: from, to }, brief),
  );
}

/** The claim that answers come back over a broken link, late or at all. */
export function answersOver({ from, to }: Pick<Link, "from" | "to">, come: "late" | "at-all"): Predicate {
  return { kind: "link-answers", from, to, come };
}

/** The claims that answers come back late over broken links of a component: these are slow, and not cut. */
export function lateAnswers(component: ComponentId, brief: Brief): readonly Predicate[] {
  return lastingBreaks(component, brief)
    .map((link) => answersOver(link, "late"))
    .filter((claim) => evaluateClaim(claim, brief.evidence).outcome === "true");
}

/** One alone cannot tell its own way from what is at its end. */
const FEWEST = 2;

/** The broken links to a component that answers an observer, where everything that needs it has lost it; else none. */
export function lostByAll(component: ComponentId, brief: Brief): readonly Link[] {
  const { state, probe } = seenComponent(component, brief) ?? {};
  if (state !== "up" || probe !== "answered") return [];
  const needing = dependantsOf(component, brief);
  const lost = needing.flatMap((id) => lastingBreaks(id, brief).filter(({ to }) => to === component));
  return lost.length >= Math.max(FEWEST, needing.length) ? lost : [];
}

/** Whether only the look that is judged has seen it: what is slow fails to answer now and then, too. */
export function isGlimpse(seen: Pick<TimelineEvent, "event" | "of" | "to">, { evidence }: Brief): boolean {
  return evidence.timeline.some(
    ({ event, of, to, atMs }) =>
      event === seen.event && of === seen.of && to === seen.to && atMs === evidence.now.picture.atMs,
  );
}

/** Whether a link that broke served again in between, since the incident began. */
export function hasReturned({ from, to }: Pick<Link, "from" | "to">, { evidence, case: given }: Brief): boolean {
  return evidence.timeline.some(
    (one) => one.event === "link-recovered" && one.of === from && one.to === to && one.atMs >= given.incident.beganAtMs,
  );
}

/** When a link last broke before a moment. */
export function lastBreak(
  { from, to }: Pick<Link, "from" | "to">,
  beforeMs: number,
  { timeline }: Pick<Evidence, "timeline">,
): number | undefined {
  return timeline.findLast(
    ({ event, of, to: end, atMs }) => event === "link-broke" && of === from && end === to && atMs < beforeMs,
  )?.atMs;
}

/** Milliseconds for which a link is broken at least where it was cut, and did not only fail to answer now and then. */
const CUT_MS = 3000;

/** Whether a component was cut off from what it needs for a while shortly before the incident began, or since, and is no more. */
export function wasCutOff(component: ComponentId, { evidence, case: given }: Brief): boolean {
  const fromMs = given.incident.beganAtMs - CHANGED_BEFORE_MS;
  return evidence.timeline.some(({ event, of, to, atMs }) => {
    if (event !== "link-recovered" || of !== component || to === undefined || atMs < fromMs) return false;
    return atMs - (lastBreak({ from: component, to }, atMs, evidence) ?? atMs) >= CUT_MS;
  });
}

/** Whether something has happened since the incident began. */
export function hasHappened(event: TimelineEvent["event"], of: ComponentId, { evidence, case: given }: Brief): boolean {
  return evidence.timeline.some((one) => one.event === event && one.of === of && one.atMs >= given.incident.beganAtMs);
}

/** Milliseconds before the first violation in which a change may have brought it about. */
const CHANGED_BEFORE_MS = 30_000;

/** Whether something has happened shortly before the incident began, or since. */
export function eventSince(event: TimelineEvent["event"], of: ComponentId, { evidence, case: given }: Brief): boolean {
  const fromMs = given.incident.beganAtMs - CHANGED_BEFORE_MS;
  return evidence.timeline.some((one) => one.event === event && one.of === of && one.atMs >= fromMs);
}

/**
 * The settings or the version of a component changed as the incident began, or since. A change after which all was still well
 * says nothing for a cause, and nothing against it.
 */
export function changeClaims(component: ComponentId, brief: Brief): readonly Claim[] {
  return (["reconfigured", "upgraded"] as const)
    .map((change) => ({ kind: "changed", component, change }) as const)
    .filter((claim) => {
      const { outcome } = evaluateClaim(claim, brief.evidence);
      const isSeen = eventSince(claim.change, component, brief);
      // Where no event was read, two looks show it as well.
      return isSeen ? outcome !== "false" : isTimelineUnread(brief) && outcome === "true";
    })
    .map(supports);
}

/** Whether no event is known of the time in which the trouble began: every incident begins with some. */
export function isTimelineUnread({ evidence, case: given }: Brief): boolean {
  const fromMs = given.incident.beganAtMs - CHANGED_BEFORE_MS;
  return !evidence.timeline.some(({ atMs }) => atMs >= fromMs);
}

/** What invariants of one symptom say of a component, with the reasons they give. */
export function symptomClaims(
  component: ComponentId,
  symptom: Symptom,
  { case: given, evidence: { now } }: Brief,
): readonly Predicate[] {
  const invariants = new Set(given.invariants.filter((one) => one.symptom === symptom).map(({ id }) => id));
  return now.judgements
    .filter(({ invariant, on, verdict }) => on === component && verdict === "violated" && invariants.has(invariant))
    .slice(0, MOST_CITED)
    .map(({ invariant, entity, reason }) => ({
      kind: "verdict-is",
      invariant,
      entity,
      verdict: "violated",
      ...(reason !== undefined && { reason }),
    }));
}

/** Entities of one ticket that are cited: of forty that are affected alike, a few say as much. */
const MOST_CITED = 3;

/** What invariants say of the component in this incident's tickets; what only waits out its hold-down says nothing. */
export function ticketClaims(component: ComponentId, { case: given, evidence: { now } }: Brief): readonly Claim[] {
  const holds = new Set(
    now.judgements
      .filter(({ verdict }) => verdict === "holds")
      .map(({ invariant, entity }) => `${invariant} ${entity}`),
  );
  return given.tickets
    .filter(({ on }) => on === component)
    .flatMap(({ invariant, affected }) =>
      affected
        .map((entity) => ({ invariant, entity }))
        .filter(({ entity }) => !holds.has(`${invariant} ${entity}`))
        .slice(0, MOST_CITED),
    )
    .map(({ invariant, entity }) => supports({ kind: "verdict-is", invariant, entity, verdict: "violated" }));
}

/** Where a deployment knows the process, it is in one of these states. */
export function processClaims(
  component: ComponentId,
  states: readonly [ProcessState, ...ProcessState[]],
  brief: Brief,
): readonly Claim[] {
  const process = seenComponent(component, brief)?.process;
  const fitting = states.find((state) => state === process?.state) ?? states[0];
  return process ? [supports(stateIs(component, "process.state", fitting))] : [];
}

/** It is gone, which explains it better than anything that only a running process does. */
export function goneClaims(component: ComponentId, brief: Brief): readonly Claim[] {
  const { probe, process } = seenComponent(component, brief) ?? {};
  return [
    ...(probe === undefined ? [] : [refutes(stateIs(component, "probe", "refused"))]),
    ...(process === undefined ? [] : [refutes(stateIs(component, "process.state", "exited"))]),
  ];
}

/** What it needs is down, which explains it better, unless that went down later. */
export function dependencyDown(component: ComponentId, brief: Brief): readonly Claim[] {
  return lostFirst(component, brief).map((needed) => refutes(stateIs(needed, "state", "down")));
}

/** The same for what has ended: where others that need the same run on without it, its loss ends no process. */
export function dependencyFatal(component: ComponentId, brief: Brief): readonly Claim[] {
  const runsOn = (id: ComponentId): boolean => id !== component && seenComponent(id, brief)?.state === "up";
  return lostFirst(component, brief)
    .filter((needed) => !dependantsOf(needed, brief).some(runsOn))
    .map((needed) => refutes(stateIs(needed, "state", "down")));
}

/** What it needs, but for what went down later. */
function lostFirst(component: ComponentId, brief: Brief): readonly ComponentId[] {
  const lostMs = lastDown(component, brief);
  return dependenciesOf(component, brief).filter((needed) => lastDown(needed, brief) <= lostMs);
}

/** Epoch milliseconds at which it last went down; before all others where that is not on record. */
function lastDown(component: ComponentId, { evidence: { timeline } }: Brief): number {
  return timeline.findLast(({ event, of }) => event === "went-down" && of === component)?.atMs ?? 0;
}

/** The answer that was last seen of it, usable or not: what answers has neither crashed nor hung. */
export function answerOf(component: ComponentId, brief: Brief): ProbeOutcome {
  const probe = seenComponent(component, brief)?.probe;
  return probe !== undefined && isAnswer(probe) ? probe : "answered";
}

/** What was seen and said of a component for one reason; `undefined` where nothing was. */
export function reasonClaims(component: ComponentId, reason: ProbeFailure, brief: Brief): readonly Claim[] | undefined {
  const { judgements } = brief.evidence.now;
  const said = judgements.filter((one) => one.on === component && one.verdict === "violated" && one.reason === reason);
  if (said.length === 0 && seenComponent(component, brief)?.probe !== reason) return undefined;
  return [
    supports(stateIs(component, "probe", reason)),
    ...said.map(({ invariant, entity }) =>
      supports({ kind: "verdict-is", invariant, entity, verdict: "violated", reason }),
    ),
  ];
}
