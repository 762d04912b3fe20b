/** Whether a cause accounts for a ticket: by where both are, what depends on what, and what the mechanism can bring about. */

import type { Picture } from "../system/picture.ts";
import { type Dependencies, dependenciesIn, isWhole, reachedFrom } from "../system/places.ts";
import { type ComponentId, isComponentId } from "../words/ids.ts";
import type { Mechanism } from "../words/mechanism.ts";
import type { Symptom } from "../words/symptom.ts";
import type { Hypothesis } from "./hypothesis.ts";
import { BY_FIGURES, type Place, SYMPTOMS_OF } from "./symptoms.ts";

/** The part of a cause that decides what it accounts for. Of claims those that show who took over what it does not serve. */
export type Cause = Blamed &
  Partial<Pick<Hypothesis, "claims" | "verdict">> & {
    /** Causes of other components that are confirmed beside it: what these bring about on themselves is theirs. */
    readonly rivals?: readonly Blamed[];
  };

type Blamed = Pick<Hypothesis, "component" | "mechanism">;

/**
 * What was confirmed at other components beside a cause, and is no effect of it: what shows by figures alone may be one, unless
 * it shows on what the component has to itself, and only keeps from the whole what a part has a cause of its own for; so may be
 * a cut from the one at fault alone. Two others that are up and have lost each other need no more than a likely cut.
 */
export function rivalsOf(cause: Blamed, weighed: readonly Omit<Hypothesis, "summary">[]): readonly Blamed[] {
  const { component } = cause;
  return weighed
    .filter(({ component: other }) => other !== component)
    .filter((one) => one.verdict === "confirmed" || (one.verdict === "likely" && isCutBeside(component, one)))
    .filter((one) => isWhole(component) || !BY_FIGURES.has(one.mechanism) || isOfItself(cause, one))
    .filter((one) => !isCutFrom(component, one))
    .map((one) => ({ component: one.component, mechanism: one.mechanism }));
}

/** Whether a component has lost another one that is up and is not the one at fault. */
function isCutBeside(component: ComponentId, { mechanism, claims }: Omit<Hypothesis, "summary">): boolean {
  if (mechanism !== "partition") return false;
  const isUp = (id: ComponentId): boolean =>
    claims.some(
      ({ side, outcome, predicate }) =>
        side === "against" &&
        outcome === "false" &&
        predicate.kind === "state-is" &&
        predicate.component === id &&
        predicate.path === "state",
    );
  return lostIn(claims).some((to) => to !== component && isUp(to));
}

/** What acts on all alike that need the one at fault, so that one which is slow alone is so for another reason. */
const ON_ALL_ALIKE: ReadonlySet<Mechanism> = new Set([
  ...(["configuration-change", "clock-skew", "state-loss"] as const),
  ...(["refused-access", "wrong-identity"] as const),
]);

/** Whether a component is slow by its own device, by its way to another one than the one at fault, or alone of those that need that. */
function isOfItself(cause: Blamed, { component, claims }: Omit<Hypothesis, "summary">): boolean {
  return (
    (ON_ALL_ALIKE.has(cause.mechanism) && isAlone(cause.component, { component, claims })) ||
    claims.some(({ side, outcome, predicate }) => {
      if (side !== "for" || outcome !== "true") return false;
      if (predicate.kind === "moved") return predicate.isOwn === true && predicate.labels["component"] === component;
      return predicate.kind === "link-answers" && predicate.from === component && predicate.to !== cause.component;
    })
  );
}

/** Whether a figure of a component moved that did not of a third one. */
function isAlone(cause: ComponentId, { component, claims }: Pick<Hypothesis, "component" | "claims">): boolean {
  const told = (side: Side, outcome: Outcome): readonly Told[] =>
    claims.flatMap((one) => {
      const { predicate } = one;
      return one.side === side && one.outcome === outcome && predicate.kind === "moved"
        ? [{ metric: predicate.metric, of: predicate.labels["component"] }]
        : [];
    });
  const own = told("for", "true").filter(({ of }) => of === component);
  const others = told("against", "false").filter(({ of }) => of !== component && of !== cause);
  return own.some(({ metric }) => others.some((other) => other.metric === metric));
}

interface Told {
  readonly metric: string;
  readonly of: string | undefined;
}

type Side = Hypothesis["claims"][number]["side"];
type Outcome = Hypothesis["claims"][number]["outcome"];

function isCutFrom(component: ComponentId, { claims }: Pick<Hypothesis, "claims">): boolean {
  const lost = lostIn(claims);
  return lost.length > 0 && lost.every((to) => to === component);
}

/** The other ends of links that are broken. */
function lostIn(claims: Hypothesis["claims"]): readonly ComponentId[] {
  return claims.flatMap(({ side, outcome, predicate }) =>
    side === "for" && outcome === "true" && predicate.kind === "link-broken" ? [predicate.to] : [],
  );
}

/** A ticket as far as a cause may account for it. */
export interface Explainable {
  /** What its invariant shows; where it does not say, only the place counts. */
  readonly symptom?: Symptom;
  /** The components on which its affected entities are now. */
  readonly components: readonly ComponentId[];
  /** Nothing can be said of its entities now. @default {false} */
  readonly isUnseen?: boolean;
}

/**
 * Where a ticket shows: the components of which its entities now speak. The whole, which anything may reach, counts only
 * where no part is named, neither now nor by the ticket itself.
 */
export function shownOn(ticket: ComponentId, now: readonly ComponentId[]): readonly ComponentId[] {
  const parts = [...new Set(now.filter((id) => !isWhole(id)))];
  return parts.length > 0 ? parts : [ticket];
}

/** What is asked of a picture. */
export type Seen = Pick<Picture, "components" | "links">;

/** Whether a cause accounts for what a ticket says of any of the components on which its entities now are. */
export function explains(cause: Cause, ticket: Explainable, picture: Seen): boolean {
  return explainer(cause, picture)(ticket);
}

/** The same for many tickets: what depends on what is worked out once. */
export function explainer(cause: Cause, picture: Seen): (ticket: Explainable) => boolean {
  const { component, mechanism, rivals = [] } = cause;
  const places = placesAround(component, picture);
  const refused = new Set(picture.components.filter(({ probe }) => probe === "refused").map(({ id }) => id));
  const symptoms = SYMPTOMS_OF[mechanism];
  const tookOver = takersOver(cause);
  const { of, on } = dependenciesIn(picture.links);
  const isSource = (id: ComponentId): boolean => (of.get(id) ?? []).length > 0 && (on.get(id) ?? []).length === 0;
  return ({ symptom, components, isUnseen = false }) =>
    components.some((id) => {
      const place = places(id);
      if (place === undefined) return false;
      if (place !== "own" && rivals.some((rival) => rival.component === id && bringsAbout(rival, symptom)))
        return false;
      // What it does not answer for is not seen, whatever it was.
      if (isUnseen && place === "own" && symptoms.own?.includes("unreachable")) return true;
      if (place === "siblings" && !tookOver.has(id)) return false;
      // Nothing that happens elsewhere ends a process: where nobody listens, the trouble is its own.
      if (symptom === "unreachable" && place !== "own" && refused.has(id)) return false;
      // How much those ask whom nobody needs is their own doing.
      if (symptom === "load" && place !== "own" && !isWhole(id) && isSource(id)) return false;
      return symptom === undefined ? symptoms[place] !== undefined : (symptoms[place]?.includes(symptom) ?? false);
    });
}

/** Whether a mechanism shows a symptom on the component itself. */
function bringsAbout({ mechanism }: Blamed, symptom: Symptom | undefined): boolean {
  return symptom !== undefined && (SYMPTOMS_OF[mechanism].own?.includes(symptom) ?? false);
}

/** Those of which a claim shows that more is asked of them since: a dead component is not named for what the living do. */
function takersOver({ claims = [] }: Cause): ReadonlySet<ComponentId> {
  return new Set(
    claims.flatMap(({ side, outcome, predicate }) => {
      const isMore = side === "for" && outcome === "true" && predicate.kind === "moved" && predicate.direction === "up";
      const id = isMore ? predicate.labels["component"] : undefined;
      return id !== undefined && isComponentId(id) ? [id] : [];
    }),
  );
}

/** The place of a component as seen from the one at fault; the whole system suffers like whatever needs it. */
function placesAround(at: ComponentId, { links }: Seen): (id: ComponentId) => Place | undefined {
  const dependencies = dependenciesIn(links);
  const dependants = reachedFrom(at, dependencies.on);
  const needed = reachedFrom(at, dependencies.of);
  const siblings = siblingsOf(at, dependencies);
  return (id) => {
    if (id === at) return "own";
    if (isWhole(id) || isWhole(at) || dependants.has(id)) return "dependants";
    if (needed.has(id)) return "dependencies";
    return siblings.has(id) ? "siblings" : undefined;
  };
}

function siblingsOf(at: ComponentId, { of, on }: Dependencies): ReadonlySet<ComponentId> {
  return new Set((on.get(at) ?? []).flatMap((dependant) => of.get(dependant) ?? []));
}
