/** Partition: it and what it needs both work, and cannot reach each other. What all have lost may be cut off itself. */

import { type Claim, evaluateClaim } from "../../../../core/diagnosis/claims/mod.ts";
import type { Link } from "../../../../core/system/picture.ts";
import type { ComponentId } from "../../../../core/words/ids.ts";
import { type Brief, type MechanismRule, refutes, stateIs, supports } from "../mechanism.ts";
import { EXHAUSTED, FORBIDDEN, OCCUPIED, ownWordClaims, WRONG_ROLE } from "../own-words.ts";
import { answersOver, isTimelineUnread, lastBreak, lastingBreaks, lostByAll, seenComponent } from "../reading.ts";
import { movedOf, movesOf, OWN_TIME, QUEUED, takenOverFrom } from "../series-reading.ts";
import { unreadWays } from "../unread.ts";

/** Share of the time that a link has been broken now for which another must have been. */
const AS_LONG = 0.5;

/** A link is cut; others reach the other end, and all the time. */
export const partition: MechanismRule = {
  id: "partition",
  propose: (component, brief) => cutOffFromAll(component, brief) ?? cutOff(component, brief),
};

type Proposed = ReturnType<MechanismRule["propose"]>;

function cutOff(component: ComponentId, brief: Brief): Proposed {
  const lost = lastingBreaks(component, brief);
  const living = lost.filter((link) => !leadsToDead(link, brief));
  const all = living.length > 0 ? living : lost;
  // Where some ways come and go, the others may still be cut.
  const steady = all.filter((link) => !hasWavered(link, brief));
  const broken = steady.length > 0 ? steady : all;
  return {
    summary: `${component} is up and cut off from ${broken.map(({ to }) => to).join(", ") || "others"}`,
    claims: [
      ...broken.flatMap((link) => [
        supports({ kind: "link-broken", from: component, to: link.to }),
        // What answers after all is slow, and not cut.
        refutes(answersOver(link, "at-all")),
        ...otherWays(link, brief),
        ...unwitnessed(link, brief),
        ...furtherBreaks(link, brief),
        refutes(stateIs(link.to, "state", "down")),
        ...waverings(link, brief),
      ]),
      ...takenOverFrom(component, brief).map(supports),
      refutes(stateIs(component, "state", "down")),
    ],
  };
}

/** Of those who have lost it, as many are cited. */
const MOST_CITED = 3;

/**
 * It answers an observer, which comes by a way of its own, and nothing of those who need it waits at it: their requests do not
 * arrive. `undefined` where that is not known.
 */
function cutOffFromAll(component: ComponentId, brief: Brief): Proposed {
  const lost = lostByAll(component, brief);
  const queued = movesOf(component, QUEUED, brief);
  const isEmpty =
    queued.length > 0 && queued.every((claim) => evaluateClaim(claim, brief.evidence).outcome === "false");
  if (lost.length === 0 || !isEmpty) return undefined;
  const words = [EXHAUSTED, WRONG_ROLE, FORBIDDEN, OCCUPIED].flatMap((own) => ownWordClaims(component, own, brief));
  return {
    summary: `${component} is up and cut off from everything that needs it`,
    claims: [
      ...lost.slice(0, MOST_CITED).map(({ from, to }) => supports({ kind: "link-broken", from, to })),
      ...lost.slice(0, MOST_CITED).map((link) => refutes(answersOver(link, "at-all"))),
      supports(stateIs(component, "probe", "answered")),
      ...queued.map(refutes),
      // What is late itself is lost by all who wait no longer.
      ...movedOf(component, OWN_TIME, brief).map(refutes),
      // It says itself why it serves nobody, which is another trouble.
      ...words.map(refutes),
      ...lost.flatMap((link) => waverings(link, brief)).slice(0, 1),
      refutes(stateIs(component, "state", "down")),
    ],
  };
}

/**
 * Another that reaches the other end speaks for a cut; where others are seen and none does, one of them against it. Ways of
 * the same kind say more than others: who only looks may come by another one.
 */
function otherWays({ from, to, kind }: Link, { evidence }: Brief): readonly Claim[] {
  const all = evidence.now.picture.links.filter((link) => link.to === to && link.from !== from);
  const alike = all.filter((link) => link.kind === kind);
  const read = alike.filter(({ state }) => state !== "unknown");
  const others = read.length > 0 ? read : all;
  const [unread] = read.length > 0 ? [] : alike;
  if (unread) return [refutes({ kind: "link-broken", from: unread.from, to })];
  const works = others.find(({ state }) => state === "up");
  if (works) return [supports({ kind: "link-works", from: works.from, to })];
  const lost = others.find(({ state }) => state === "down");
  return lost ? [refutes({ kind: "link-broken", from: lost.from, to })] : [];
}

/** Whether what is at its end is gone, which is no cut: of what is cut off, others are lost as well. */
function leadsToDead({ to }: Link, brief: Brief): boolean {
  return isDead(to, brief);
}

function isDead(id: ComponentId, brief: Brief): boolean {
  return seenComponent(id, brief)?.state === "down";
}

/** Two that have lost each other, and none of their kind beside them: nobody shows which of the two is the one that is cut off. */
function unwitnessed({ from, to, kind }: Link, brief: Brief): readonly Claim[] {
  const { links } = brief.evidence.now.picture;
  const alike = links.filter((link) => link.kind === kind && (link.to === to || link.to === from));
  const isMutual = alike.some((link) => link.from === to && link.to === from && link.state === "down");
  const isSeen = alike.some((link) => ![from, to].includes(link.from) && !isDead(link.from, brief));
  return isMutual && !isSeen ? [supports({ kind: "link-works", from: to, to: from })] : [];
}

/** The other end has lost others, too: then it is the one that is cut off. Where nobody looked, that stays open. */
function furtherBreaks({ from, to }: Link, brief: Brief): readonly Claim[] {
  const lost = lastingBreaks(to, brief).filter((link) => link.to !== from && !leadsToDead(link, brief));
  const unread = unreadWays(new Set([to]), brief).filter((way) => way.from === to && way.to !== from);
  return [...lost, ...unread].slice(0, 1).map((link) => refutes({ kind: "link-broken", from: to, to: link.to }));
}

function hasWavered(link: Link, brief: Brief): boolean {
  return waverings(link, brief).some(({ predicate }) => evaluateClaim(predicate, brief.evidence).outcome === "true");
}

/**
 * A way to the other end that came back while the trouble lasted: it serves now and then, so nothing is cut. That of
 * another counts only where it was gone for long, too: what all have lost for a moment, they have lost for another reason.
 */
function waverings({ from, to }: Link, brief: Brief): readonly Claim[] {
  const {
    evidence,
    case: { incident },
  } = brief;
  const ownMs = evidence.now.picture.atMs - (lastBreak({ from, to }, evidence.now.picture.atMs, evidence) ?? 0);
  const back = evidence.timeline.find((event) => {
    if (event.event !== "link-recovered" || event.to !== to || event.atMs < incident.beganAtMs) return false;
    const brokeAtMs = lastBreak({ from: event.of, to }, event.atMs, evidence);
    return event.of === from || brokeAtMs === undefined || event.atMs - brokeAtMs >= ownMs * AS_LONG;
  });
  // Where no event was read, it stays open whether it came back.
  if (!back && !isTimelineUnread(brief)) return [];
  const of = { of: back?.of ?? from, to };
  return [
    refutes({ kind: "order", earlier: { event: "link-broke", ...of }, later: { event: "link-recovered", ...of } }),
  ];
}
