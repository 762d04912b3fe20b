/** The first message: the case in short, and what the rules made of it, all of it fenced. */

import { wordsOf } from "../../../core/diagnosis/claims/mod.ts";
import type { Conclusion } from "../../../core/diagnosis/diagnosis.ts";
import type { CheckedClaim } from "../../../core/diagnosis/hypothesis.ts";
import type { LogTemplate } from "../../../core/system/log-templates.ts";
import { redactJson } from "../../../core/text/redaction.ts";
import type { Case } from "../../case/case.ts";
import { blindSpotsOf, brokenLinksOf, stateChangesOf } from "../../case/evidence.ts";
import { findingsOf } from "../../case/findings.ts";
import type { Desk } from "../../desk/desk.ts";
import type { Weighed } from "../../desk/notebook.ts";
import { fenced } from "./fence.ts";

/** Entries of each list at most; the tools have the rest. */
const MOST = {
  judgements: 40,
  events: 60,
  changes: 30,
  options: 6,
  components: 60,
  series: 80,
  differences: 20,
  ranked: 5,
  moves: 4,
  seriesChanges: 30,
  templates: 10,
} as const;

/** Characters of the case at most. */
const MOST_CHARACTERS = 40_000;

/** What the model begins with. */
export function briefOf(given: Case, { desk, first }: { readonly desk: Desk; readonly first: Conclusion }): string {
  const sections = [
    ["The system, as its own author describes it.", { ...given.subject, instance: given.instance }],
    ["The incident and its tickets.", incidentOf(given)],
    ["What the system is made of, and its state now.", pictureOf(given)],
    ["What does not hold now.", judgementsOf(given)],
    ["What happened around the beginning and since, oldest first.", eventsOf(given)],
    ["What differs from when all was well, what was changed and by whom, and past incidents.", historyOf(given)],
    ["Series that can be asked for.", seriesOf(given)],
    ["What code reads off series, links, logs and past incidents. A hint where to look, no cause.", foundOf(given)],
    ["What the rules found. Try to refute it.", rulesOf(first, desk.hypotheses())],
  ] as const;
  return sections.map(([title, value]) => `${title}\n${fenced(bounded(redactJson(value)))}`).join("\n\n");
}

function bounded(value: unknown): string {
  const json = JSON.stringify(value);
  if (json.length <= MOST_CHARACTERS) return json;
  return JSON.stringify({ cutTo: MOST_CHARACTERS, text: json.slice(0, MOST_CHARACTERS) });
}

function incidentOf({ incident, tickets, invariants, atMs }: Case) {
  const named = new Set(tickets.map(({ invariant }) => invariant));
  return {
    ...incident,
    began: iso(incident.beganAtMs),
    judgedAt: iso(atMs),
    tickets: tickets.map(({ violatedSinceMs, openedAtMs: _openedAtMs, ...ticket }) => ({
      ...ticket,
      violatedSince: iso(violatedSinceMs),
    })),
    invariants: invariants.filter(({ id }) => named.has(id)),
  };
}

function pictureOf(given: Case) {
  const { picture, topology } = given;
  const worst = picture.components.toSorted((a, b) => Number(a.state === "up") - Number(b.state === "up"));
  return {
    components: worst.slice(0, MOST.components),
    moreComponents: Math.max(0, worst.length - MOST.components),
    missing: topology.components.filter(({ id }) => !picture.components.some((one) => one.id === id)),
    links: topology.links.slice(0, 2 * MOST.components),
    brokenLinks: brokenLinksOf(given),
    groups: topology.groups,
    stateChanges: stateChangesOf(given),
    notSeen: blindSpotsOf(given),
  };
}

function judgementsOf({ judgements }: Case) {
  const troubled = judgements.filter(({ verdict }) => verdict !== "holds");
  const shown = troubled.toSorted((a, b) => Number(a.verdict === "unknown") - Number(b.verdict === "unknown"));
  return { count: troubled.length, judgements: shown.slice(0, MOST.judgements) };
}

function eventsOf({ events }: Case) {
  const told = events.filter(({ event }) => event !== "became-unknown").slice(-MOST.events);
  return told.map(({ atMs, said: _said, ...event }) => ({ at: iso(atMs), ...event }));
}

function historyOf({ changes, inspections, logs, past }: Case) {
  return {
    changes: changes.slice(-MOST.changes).map(({ atMs, ...change }) => ({ at: iso(atMs), ...change })),
    inspections: inspections.map(({ component, id, difference, failed }) => ({
      component,
      inspection: id,
      ...(failed !== undefined && { failed }),
      ...(difference && { changed: difference.changes.slice(0, MOST.differences) }),
    })),
    logs: logs.map(({ component, events, failed }) => ({ component, lines: events.length, ...(failed && { failed }) })),
    past,
  };
}

function seriesOf({ series: { rows } }: Case) {
  const byMetric = Map.groupBy(rows, ({ metric }) => metric);
  return [...byMetric].slice(0, MOST.series).map(([metric, of]) => ({
    metric,
    unit: of[0]?.unit,
    kind: of[0]?.kind,
    signal: of[0]?.signal,
    components: [...new Set(of.flatMap(({ labels }) => labels["component"] ?? []))].slice(0, 20),
  }));
}

function foundOf(given: Case) {
  const { ranking, changes, slowLinks, logs, clocks, alike } = findingsOf(given);
  return {
    ranking: ranking && {
      verdict: ranking.verdict,
      confidence: round(ranking.confidence),
      onset: iso(ranking.onsetMs),
      components: ranking.components.slice(0, MOST.ranked).map(({ component, score, moves, explainedBy }) => ({
        component,
        score: round(score),
        moved: moves.slice(0, MOST.moves).map(({ metric, direction, before, after, z, onsetMs }) => ({
          metric,
          direction,
          before: round(before),
          after: round(after),
          spreads: round(z),
          ...(onsetMs !== undefined && { since: iso(onsetMs) }),
        })),
        ...(explainedBy && { explainedBy: explainedBy.component, share: round(explainedBy.ratio) }),
      })),
    },
    seriesThatChanged: changes
      .slice(0, MOST.seriesChanges)
      .map(({ component, metric, unit, direction, before, after, atMs }) => ({
        at: iso(atMs),
        component,
        metric,
        unit,
        direction,
        before: round(before),
        after: round(after),
      })),
    slowLinks,
    clocksThatAreOff: clocks,
    logs: logs.map(({ component, appeared, vanished }) => ({
      component,
      newLines: appeared.slice(0, MOST.templates).map(lineOf),
      missingLines: vanished.slice(0, MOST.templates).map(lineOf),
    })),
    alike: alike.slice(0, MOST.ranked),
  };
}

function lineOf({ level, text, count, firstAtMs, lastAtMs, example }: LogTemplate) {
  return { level, text, count, first: iso(firstAtMs), last: iso(lastAtMs), example };
}

function round(value: number): number | null {
  return Number.isFinite(value) ? Number(value.toPrecision(4)) : null;
}

function rulesOf({ cause, confidence }: Conclusion, hypotheses: readonly Weighed[]) {
  const named = hypotheses.find((one) => one.component === cause?.component && one.mechanism === cause?.mechanism);
  const others = hypotheses.filter((one) => one !== named && one.claims.some(({ outcome }) => outcome === "true"));
  return {
    cause: named ? shownHypothesis(named) : null,
    confidence,
    alsoConsidered: others.slice(0, MOST.options).map(shownHypothesis),
  };
}

/** A hypothesis as a model is shown it. */
export interface ShownHypothesis extends Omit<Weighed, "claims"> {
  readonly claims: readonly (Pick<CheckedClaim, "side" | "outcome" | "figure"> & { readonly claim: string })[];
}

/** A hypothesis as a model is shown it: each claim in words, with what code found. */
export function shownHypothesis(weighed: Weighed): ShownHypothesis {
  const { id, component, mechanism, summary, verdict, claims, rejectedBecause } = weighed;
  return {
    id,
    component,
    mechanism,
    summary,
    verdict,
    claims: claims.map(({ side, predicate, outcome, figure }) => ({
      side,
      claim: wordsOf(predicate),
      outcome,
      figure,
    })),
    ...(rejectedBecause !== undefined && { rejectedBecause }),
  };
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}
