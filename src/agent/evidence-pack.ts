/** What code lays out before an engine begins: states now and before, broken links, changes, verdicts. */

import type { Evidence } from "../core/diagnosis/claims/mod.ts";
import type { Checkup, InvariantJudgement } from "../core/subject/checkup.ts";
import type { Link, Picture, State, Topology } from "../core/system/picture.ts";
import type { SeriesWindow } from "../core/system/series.ts";
import { type LookRecord, type RecordedEvent, rewind, type TimelineEvent } from "../core/system/timeline.ts";
import type { Incident } from "../core/tickets/incident.ts";
import type { Ticket } from "../core/tickets/ticket.ts";
import type { ComponentId } from "../core/words/ids.ts";

/** What was gathered of an incident. */
export interface Gathered {
  readonly incident: Incident;
  readonly tickets: readonly Ticket[];
  /** What happened around its beginning and since, oldest first. */
  readonly events: readonly RecordedEvent[];
  /** The picture in force when it began; absent where none is on record. */
  readonly picture: Picture | undefined;
  /** A fresh checkup. */
  readonly now: Checkup;
  readonly series: readonly SeriesWindow[];
}

/** A component whose state is not what it was. */
export interface StateChange {
  readonly component: ComponentId;
  /** Absent where it was not seen before. */
  readonly before?: State;
  readonly now: State;
}

/** All that an engine starts from. */
export interface EvidencePack {
  readonly incident: Incident;
  readonly tickets: readonly Ticket[];
  readonly topology: Topology;
  /** What claims are evaluated on. */
  readonly evidence: Evidence;
  readonly stateChanges: readonly StateChange[];
  readonly brokenLinks: readonly Link[];
  /** Restarts, new versions and configurations. */
  readonly changes: readonly TimelineEvent[];
  readonly violations: readonly InvariantJudgement[];
  /** Sources that did not answer, and components whose state is unknown. */
  readonly blindSpots: readonly string[];
}

/** Lays out what was gathered. */
export function packEvidence(gathered: Gathered): EvidencePack {
  const { incident, tickets, events, picture, now, series } = gathered;
  const before = picture && { picture, judgements: rewind(now.judgements, events, incident.beganAtMs - 1) };
  const timeline = events.filter(({ event }) => event !== "became-unknown");
  return {
    incident,
    tickets,
    topology: now.topology,
    evidence: { now, ...(before && { before }), timeline, series },
    stateChanges: stateChanges(before, now),
    brokenLinks: now.picture.links.filter(({ state }) => state === "down"),
    changes: timeline.filter(({ event }) => event === "restarted" || event === "reconfigured" || event === "upgraded"),
    violations: now.judgements.filter(({ verdict }) => verdict === "violated"),
    blindSpots: blindSpots(now, before),
  };
}

function stateChanges(before: LookRecord | undefined, now: LookRecord): readonly StateChange[] {
  const earlier = new Map(before?.picture.components.map(({ id, state }) => [id, state]));
  return now.picture.components
    .map(({ id, state }) => {
      const was = earlier.get(id);
      return { component: id, ...(was && { before: was }), now: state };
    })
    .filter((change) => change.before !== change.now && (change.before !== undefined || change.now !== "up"));
}

function blindSpots(now: Checkup, before: LookRecord | undefined): readonly string[] {
  return [
    ...(before ? [] : ["No look from before the trouble is on record"]),
    ...now.sources.flatMap(({ name, failed }) => (failed ? [`${name} does not answer: ${failed}`] : [])),
    ...now.picture.components.flatMap(({ id, state }) =>
      state === "unknown" ? [`The state of ${id} is unknown`] : [],
    ),
  ];
}
