/**
 * Slow dependency: what is needed answers late. One that waits alone has a slow way to it; where all wait, it is slow itself,
 * unless it answers other clients as fast as ever: then all ways to it are slow.
 */

import { type Claim, evaluateClaim, type Predicate } from "../../../../core/diagnosis/claims/mod.ts";
import type { Link } from "../../../../core/system/picture.ts";
import { medianOf } from "../../../../core/system/series-math.ts";
import type { ComponentId } from "../../../../core/words/ids.ts";
import { type Brief, type MechanismRule, refutes, stateIs, supports } from "../mechanism.ts";
import {
  answersOver,
  dependantsOf,
  dependenciesOf,
  hasReturned,
  lastingBreaks,
  lateAnswers,
  seenComponent,
  symptomClaims,
  wasCutOff,
} from "../reading.ts";
import {
  BUSY,
  DEVICE,
  demandsOrUnread,
  LATE,
  LONGEST_WAIT,
  movedOf,
  movesOf,
  OWN_TIME,
  QUEUED,
  readingsOf,
  USUAL_WAIT,
  WAITING,
  WORK,
} from "../series-reading.ts";
import { usedUp } from "./saturation.ts";

/** Share of those who need the same of which as many wait, so that it is not the one's own way. */
const MANY = 0.5;
/** Share of the time that one waits which another must wait to be as late: what is slow for one is felt by all. */
const ALIKE = 0.25;
/** Of those who wait, as many are cited. */
const MOST_CITED = 3;

/** Answers come late, and not because more is asked. */
export const slowDependency: MechanismRule = {
  id: "slow-dependency",
  propose: (component, brief) => slowWay(component, brief) ?? slowItself(component, brief),
};

function slowWay(component: ComponentId, brief: Brief): ReturnType<MechanismRule["propose"]> {
  const onOthers = movedOf(component, WAITING, brief);
  const onDevice = movedOf(component, DEVICE, brief);
  const waits = [...onOthers, ...onDevice];
  const slow = symptomClaims(component, "slow", brief);
  const late = lateAnswers(component, brief);
  const needed = dependenciesOf(component, brief);
  if (late.length === 0 && (waits.length === 0 || slow.length === 0)) return undefined;
  const { peers, waiting, others: rest } = othersWaiting(component, onDevice.length > 0 ? onDevice : onOthers, brief);
  const areMany = waiting.length > 0 && waiting.length >= peers.size * MANY;
  const unharmed = onDevice.length > 0 ? rest.flatMap((id) => fastDevice(id, brief)) : [];
  const fast = onDevice.length === 0 ? unmovedAt(needed, component, brief) : undefined;
  const beside = onDevice.length === 0 ? contrasts(peers, onOthers, brief) : [];
  const others = needed.join(", ") || "others of its kind";
  return {
    summary: `${component} waits for ${onDevice.length > 0 ? "its own device" : others}`,
    claims: [
      ...late.map(supports),
      ...onOthers.map(supports),
      // A slow way makes most answers late, and not only the slowest of many.
      ...(late.length > 0 ? [] : movesOf(component, USUAL_WAIT, brief).map(supports)),
      ...onDevice.map((claim) => supports(claim.kind === "moved" ? { ...claim, isOwn: true } : claim)),
      ...slow.map(supports),
      ...(late.length + onDevice.length + beside.length > 0 ? beside : unreadUsual(component, brief)).map(refutes),
      ...(areMany ? alikeClaims(waiting.flat(), { fast, unharmed, isDevice: onDevice.length > 0, brief }) : []),
      ...latenessOf(component, brief).map(refutes),
      ...demandsOrUnread(component, brief).map(refutes),
      ...needed.map((id) => refutes(stateIs(id, "state", "down"))),
      ...(onDevice.length > 0 ? [] : breaksOf(component, brief)),
      // What has no capacity left is more than late.
      ...usedUp(component, brief).map(refutes),
      refutes(stateIs(component, "state", "down")),
    ],
  };
}

/** What a claim calls the usual wait that nobody reads. */
const USUAL = "wait_p50_seconds";

/** The claim that most answers are as fast as ever: where only the slowest were read, that is open unless others wait far less. */
function unreadUsual(component: ComponentId, brief: Brief): readonly Predicate[] {
  if (movesOf(component, USUAL_WAIT, brief).length > 0) return [];
  return movedOf(component, LONGEST_WAIT, brief)
    .slice(0, 1)
    .flatMap((claim) => (claim.kind === "moved" ? asFastAsEver({ ...claim, metric: USUAL }, brief) : []));
}

/**
 * The claims that others wait longer than ever, where none does, and all wait far less: what all of them need is not what is
 * slow. One long answer in many moves what the slowest take, on a busy machine at all of them.
 */
function contrasts(peers: ReadonlySet<ComponentId>, waits: readonly Predicate[], brief: Brief): readonly Predicate[] {
  const claims = [...peers].flatMap((id) => movesOf(id, WAITING, brief));
  const isFar = longestOf(claims, brief) < longestOf(waits, brief) * ALIKE;
  const isAlone = isFar && claims.every((claim) => evaluateClaim(claim, brief.evidence).outcome === "false");
  return isAlone ? claims.slice(0, MOST_CITED) : [];
}

interface Alike {
  /** Claims of which none is true, where a component waits for what is fast. */
  readonly fast: readonly Predicate[] | undefined;
  /** True claims that devices of others are as fast as ever. */
  readonly unharmed: readonly Predicate[];
  /** Whether each of them waits for what it has to itself. */
  readonly isDevice: boolean;
  readonly brief: Brief;
}

/**
 * That others wait as long refutes a way of one's own. It does not refute a late device of one's own: several may have one, or
 * share what is late. That theirs are as fast as ever would show that it is alone; where that is ruled out, it stays likely,
 * unless another one's is: what is late is not shared by all of them then, and each that is late has a cause of its own.
 */
function alikeClaims(waits: readonly Predicate[], { fast, unharmed, isDevice, brief }: Alike): readonly Claim[] {
  const cited = waits.slice(0, MOST_CITED);
  if (!isDevice) return (fast ?? cited).map(refutes);
  if (unharmed.length > 0) return unharmed.slice(0, MOST_CITED).map(supports);
  const contrasts = cited.flatMap((wait) => asFastAsEver(wait, brief));
  const isRuledOut = contrasts.some((claim) => evaluateClaim(claim, brief.evidence).outcome === "false");
  return isRuledOut ? contrasts.map(supports) : cited.map(refutes);
}

/** Milliseconds of the past with which a figure is compared, and of the present. */
const LEVEL = { baselineMs: 600_000, windowMs: 10_000, factor: 2 } as const;

function asFastAsEver(wait: Predicate, { case: { incident } }: Brief): readonly Predicate[] {
  if (wait.kind !== "moved") return [];
  const { metric, labels } = wait;
  const { beganAtMs } = incident;
  const baseline = { baselineFromMs: beganAtMs - LEVEL.baselineMs, baselineToMs: beganAtMs };
  const { windowMs, factor } = LEVEL;
  return [{ kind: "level", metric, labels, windowMs, ...baseline, comparison: "below", factor }];
}

/** The claims that its own device is as fast as ever, where they are true. */
function fastDevice(component: ComponentId, brief: Brief): readonly Predicate[] {
  return movesOf(component, DEVICE, brief)
    .flatMap((wait) => asFastAsEver(wait, brief))
    .filter((claim) => evaluateClaim(claim, brief.evidence).outcome === "true");
}

/** Share of the time for which a component must be late to measure that most answers are. */
const LATE_RATIO = 0.25;

/** A component that is late itself measures that every answer is; one that is now and then, that some are, and not most. */
function latenessOf(component: ComponentId, brief: Brief): readonly Predicate[] {
  const late = movedOf(component, LATE, brief);
  if (movedOf(component, USUAL_WAIT, brief).length === 0) return late;
  return late.filter((claim) => (medianOf(readingsOf(claim, brief)) ?? 0) >= LATE_RATIO);
}

/** Those beside a component that could tell whether it waits alone, and the claims of those of them that wait as long. */
function othersWaiting(component: ComponentId, own: readonly Predicate[], brief: Brief) {
  const all = peersOf(component, dependenciesOf(component, brief), brief);
  const isUsual = movedOf(component, USUAL_WAIT, brief).length > 0;
  // Of the slowest answers, windows still hold what one waited for that was cut off until now; most come in time again.
  const healed = (id: ComponentId): boolean => wasCutOff(id, brief) && movedOf(id, USUAL_WAIT, brief).length === 0;
  const peers = witnessesOf(all, isUsual ? healed : () => false, brief);
  // That others wait, too, may come of it: its own device is late for nobody else's reason.
  const isDevice = movedOf(component, DEVICE, brief).length > 0;
  const longest = longestOf(own, brief) * ALIKE;
  const waits = [...peers].map((id) => {
    // What is late to itself only is the other end of its own way.
    const late = isDevice ? [] : lateAnswers(id, brief).filter((claim) => !isTowards(claim, component));
    const moved = movedOf(id, isDevice ? DEVICE : WAITING, brief);
    return { id, claims: [...late, ...(longestOf(moved, brief) >= longest ? moved : [])] };
  });
  const waiting = waits.flatMap(({ claims }) => (claims.length > 0 ? [claims] : []));
  return { peers, waiting, others: waits.flatMap(({ id, claims }) => (claims.length > 0 ? [] : [id])) };
}

function isTowards(claim: Predicate, component: ComponentId): boolean {
  return claim.kind === "link-answers" && claim.to === component;
}

/**
 * What is cut is more than late, unless its answers still come. What served now and then is not cut, and being sure of it
 * waits until it serves again.
 */
function breaksOf(component: ComponentId, brief: Brief): readonly Claim[] {
  const broken = lastingBreaks(component, brief).filter((link) => !isLate(link, brief));
  return broken.map(({ to }) =>
    hasReturned({ from: component, to }, brief)
      ? supports({ kind: "link-works", from: component, to })
      : refutes({ kind: "link-broken", from: component, to }),
  );
}

function isLate(link: Link, { evidence }: Brief): boolean {
  return evaluateClaim(answersOver(link, "late"), evidence).outcome === "true";
}

/**
 * Newest readings that say that something is not slow, and of how many more one may be slow: the reader itself is held up now
 * and then. Where every other answer is slow, so few of that many are by chance in one case of 28.
 */
const READINGS = { fewest: 5, most: 14, forgiving: 3 } as const;

/**
 * The claims that what a component waits for is slow itself, or has requests waiting at it, where none is true, although the
 * component waits for most of its answers. What is slow now and then makes the slowest of many wait and may look fast to one
 * who asks rarely, so that its readings must be far below what is waited. `undefined` where that is not known.
 */
function unmovedAt(
  needed: readonly ComponentId[],
  component: ComponentId,
  brief: Brief,
): readonly Predicate[] | undefined {
  // As long as most wait now: what windows show grows for some readings.
  const usual = movedOf(component, USUAL_WAIT, brief).flatMap(
    (claim) => medianOf(readingsOf(claim, brief).slice(-READINGS.fewest)) ?? [],
  );
  const times = needed.map((id) => movesOf(id, OWN_TIME, brief));
  if (usual.length === 0 || times.length === 0) return undefined;
  const farBelow = Math.min(...usual) * ALIKE;
  const areFast = times.every((own) => {
    const readings = own.map((claim) => readingsOf(claim, brief).slice(-READINGS.most));
    return readings.length > 0 && readings.every((all) => areFarBelow(all, farBelow));
  });
  const claims = [...times.flat(), ...needed.flatMap((id) => movesOf(id, QUEUED, brief))];
  return areFast && claims.every((claim) => evaluateClaim(claim, brief.evidence).outcome === "false")
    ? claims
    : undefined;
}

function areFarBelow(readings: readonly number[], most: number): boolean {
  const above = readings.filter((value) => value >= most).length;
  return readings.length >= READINGS.fewest + READINGS.forgiving * above;
}

/** The longest of what these figures show now. */
function longestOf(moves: readonly Predicate[], brief: Brief): number {
  return Math.max(0, ...moves.map((claim) => medianOf(readingsOf(claim, brief)) ?? 0));
}

/** Who needs the same; where nothing is known to be needed, others of the same kind. */
function peersOf(component: ComponentId, needed: readonly ComponentId[], brief: Brief): ReadonlySet<ComponentId> {
  const kind = seenComponent(component, brief)?.kind;
  const alike = brief.evidence.now.picture.components.filter((one) => one.kind === kind).map(({ id }) => id);
  const peers = needed.length > 0 ? needed.flatMap((id) => dependantsOf(id, brief)) : alike;
  return new Set(peers.filter((id) => id !== component));
}

/** Those of the peers that are not cut off, nor were until now, and so wait for no reason of their own; all where every one is. */
function witnessesOf(
  peers: ReadonlySet<ComponentId>,
  isHealed: (id: ComponentId) => boolean,
  brief: Brief,
): ReadonlySet<ComponentId> {
  const connected = [...peers].filter(
    (id) => !isHealed(id) && lastingBreaks(id, brief).every((link) => hasReturned(link, brief) || isLate(link, brief)),
  );
  return connected.length > 0 ? new Set(connected) : peers;
}

function slowItself(component: ComponentId, brief: Brief): ReturnType<MechanismRule["propose"]> {
  const dependants = dependantsOf(component, brief).filter((id) => movesOf(id, WAITING, brief).length > 0);
  const waiting = dependants
    .map((id) => [
      ...lateAnswers(id, brief).filter((claim) => isTowards(claim, component)),
      ...movedOf(id, WAITING, brief),
    ])
    .filter((claims) => claims.length > 0);
  const slow = [component, ...dependants].flatMap((id) => symptomClaims(id, "slow", brief));
  // Those who wait no longer than they can bear do without it, and are fast.
  const shown = slow.length > 0 ? slow : symptomClaims(component, "unreachable", brief);
  if (shown.length === 0 || waiting.length === 0 || waiting.length < dependants.length * MANY) return undefined;
  // Those who are late themselves measure that everything is, unless it is seen to work more.
  const isWorking = movedOf(component, WORK, brief).length > 0;
  const late = isWorking ? [] : dependants.map((id) => latenessOf(id, brief)).filter((moved) => moved.length > 0);
  return {
    summary: `${component} answers all its clients slowly`,
    claims: [
      ...movedOf(component, BUSY, brief).map(supports),
      ...waiting.flat().slice(0, MOST_CITED).map(supports),
      ...shown.slice(0, MOST_CITED).map(supports),
      ...(late.length > 0 && late.length >= dependants.length * MANY
        ? late.flat().slice(0, MOST_CITED).map(refutes)
        : []),
      ...demandsOrUnread(component, brief).map(refutes),
      refutes(stateIs(component, "state", "down")),
    ],
  };
}
