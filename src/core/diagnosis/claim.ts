/** Typed predicates about a system: the only form in which a diagnosis may say that something is so. */

import * as v from "valibot";
import { EVENTS } from "../system/timeline.ts";
import { IdText } from "../words/ids.ts";

const Scalar = v.union([v.string(), v.number(), v.boolean(), v.null()]);

const EventRef = v.object({
  event: v.picklist(EVENTS),
  of: IdText,
  to: v.optional(IdText),
  invariant: v.optional(v.string()),
});

/** A figure of a component of the picture compared with a value. */
const StateIs = v.object({
  kind: v.literal("state-is"),
  component: IdText,
  /** A field of the component, for instance `state`, `probe`, `configHash`, `labels.role`. */
  path: v.pipe(v.string(), v.regex(/^[a-zA-Z]+(\.[\w.-]+)?$/)),
  comparison: v.picklist(["is", "is-not", "above", "below"]),
  value: Scalar,
});

/** A dependency that its probe finds broken. */
const LinkBroken = v.object({ kind: v.literal("link-broken"), from: IdText, to: IdText });

/** A dependency that its probe finds working: by what others still reach, a cut is told from a loss. */
const LinkWorks = v.object({ kind: v.literal("link-works"), from: IdText, to: IdText });

/** What an invariant says of an entity. */
const VerdictIs = v.object({
  kind: v.literal("verdict-is"),
  invariant: v.string(),
  entity: IdText,
  verdict: v.picklist(["holds", "violated", "unknown"]),
});

/** Something that a component went through since before the trouble. */
const Changed = v.object({
  kind: v.literal("changed"),
  component: IdText,
  change: v.picklist(["went-down", "restarted", "reconfigured", "upgraded"]),
});

/** One event seen before another. */
const Order = v.object({ kind: v.literal("order"), earlier: EventRef, later: EventRef });

/** The median of a series' last window against its median over a baseline. */
const Level = v.object({
  kind: v.literal("level"),
  metric: v.string(),
  labels: v.record(v.string(), v.string()),
  /** Milliseconds back from the look that is judged. */
  windowMs: v.pipe(v.number(), v.minValue(1)),
  /** Epoch milliseconds. */
  baselineFromMs: v.number(),
  /** Epoch milliseconds. */
  baselineToMs: v.number(),
  comparison: v.picklist(["above", "below"]),
  /** How many times the baseline. */
  factor: v.pipe(v.number(), v.gtValue(0)),
});

/** One typed statement; what is not in this list cannot be claimed. */
export const Predicate = v.variant("kind", [StateIs, LinkBroken, LinkWorks, VerdictIs, Changed, Order, Level]);

/** One typed statement; what is not in this list cannot be claimed. */
export type Predicate = v.InferOutput<typeof Predicate>;

/** The predicate of one kind. */
export type PredicateOf<Kind extends Predicate["kind"]> = Extract<Predicate, { kind: Kind }>;

/** A predicate and whether it is brought forward for or against a hypothesis. */
export const Claim = v.object({ side: v.picklist(["for", "against"]), predicate: Predicate });

/** A predicate and whether it is brought forward for or against a hypothesis. */
export type Claim = v.InferOutput<typeof Claim>;

/** Whether a kind may speak of something wrong that lasts, and so is asked again of a fresh look. */
const LASTS: Readonly<Record<Predicate["kind"], boolean>> = {
  "state-is": true,
  "link-broken": true,
  "link-works": false,
  "verdict-is": true,
  level: true,
  changed: false,
  order: false,
};

/** Whether a predicate speaks of something wrong that lasts, so that it must be gone once the cause is mended. */
export function isStanding(predicate: Predicate): boolean {
  if (predicate.kind === "state-is" && predicate.path === "state") return !saysUp(predicate);
  if (predicate.kind === "verdict-is") return predicate.verdict === "violated";
  return LASTS[predicate.kind];
}

function saysUp({ comparison, value }: PredicateOf<"state-is">): boolean {
  return comparison === "is" && value === "up";
}
