/** Sorts tickets by causes: what a cause does not account for is split off, and an incident that has the cause of another is linked to it. */

import { type Cause, type Explainable, explainer, type Seen } from "./explains.ts";

/** A ticket of an incident. */
export interface SortedTicket extends Explainable {
  readonly id: number;
  /** It is open and nobody holds it. */
  readonly isOpen: boolean;
  /** It is open, and nothing of it is violated now. @default false */
  readonly isRecovering?: boolean;
  /** A person has put it where it is, and there it stays. */
  readonly isPinned?: boolean;
}

/** An unresolved incident as far as it is sorted. */
export interface SortedIncident {
  readonly id: number;
  /** The newest one that was found. */
  readonly cause?: Cause;
  /** The one that the diagnosis before the newest found. */
  readonly causeBefore?: Cause;
  /** The incident that it is shown under. */
  readonly linkedTo?: number;
  /** Nobody works on it, and nothing of it runs. */
  readonly isFree: boolean;
  readonly tickets: readonly SortedTicket[];
}

/** What is to be done with incidents. */
export type SortingStep =
  /** These tickets become incidents of their own. */
  | { readonly kind: "split"; readonly incident: number; readonly tickets: readonly number[] }
  | { readonly kind: "link"; readonly incident: number; readonly to: number }
  | { readonly kind: "unlink"; readonly incident: number };

/** The cause that counts for an incident: one that accounts for none of its tickets is not accepted. */
export function acceptedCause({ cause, tickets }: SortedIncident, picture: Seen): Cause | undefined {
  return cause && tickets.some(explainer(cause, picture)) ? cause : undefined;
}

/** What one look asks for; lower numbers first, and what somebody works on is left for the next look. */
export function sortIncidents(incidents: readonly SortedIncident[], picture: Seen): readonly SortingStep[] {
  const sorted = incidents.toSorted((a, b) => a.id - b.id);
  const roots = sorted.flatMap((incident): readonly Root[] => {
    const cause = incident.linkedTo === undefined ? acceptedCause(incident, picture) : undefined;
    return cause ? [{ incident, cause, covers: explainer(cause, picture) }] : [];
  });
  return sorted.flatMap((incident) => {
    if (incident.linkedTo !== undefined) return keepOrUnlink(incident, { all: sorted, roots, picture });
    const own = roots.find((root) => root.incident === incident);
    const elder = incident.isFree ? roots.find((root) => isElder(root, incident, own)) : undefined;
    if (elder) return linkSteps(incident, elder);
    return own ? splitStep(incident, own, picture) : [];
  });
}

interface Root {
  readonly incident: SortedIncident;
  readonly cause: Cause;
  readonly covers: (ticket: Explainable) => boolean;
}

/** Another incident has its cause: the same one, or one that accounts for a ticket of an incident without. */
function isElder({ incident: { id }, cause, covers }: Root, incident: SortedIncident, own: Root | undefined): boolean {
  if (id === incident.id) return false;
  if (!own) return openOf(incident).some(covers);
  return id < incident.id && cause.component === own.cause.component && cause.mechanism === own.cause.mechanism;
}

function linkSteps(incident: SortedIncident, elder: Root): readonly SortingStep[] {
  const link = { kind: "link", incident: incident.id, to: elder.incident.id } as const;
  return [...splitStep(incident, elder), link];
}

interface Elders {
  readonly all: readonly SortedIncident[];
  readonly roots: readonly Root[];
  readonly picture: Seen;
}

/** A link that the newest diagnosis of the other incident does not bear out lasts one diagnosis longer, unless that one is sure. */
function keepOrUnlink(incident: SortedIncident, { all, roots, picture }: Elders): readonly SortingStep[] {
  const root = roots.find(({ incident: { id } }) => id === incident.linkedTo);
  const open = openOf(incident);
  if (root && (open.length === 0 || open.some(root.covers))) return splitStep(incident, root);
  const elder = all.find(({ id }) => id === incident.linkedTo && id !== incident.id);
  const isSure = root?.cause.verdict === "confirmed";
  const before = elder?.linkedTo === undefined && !isSure ? elder?.causeBefore : undefined;
  if (before && open.some(explainer(before, picture))) return [];
  return [{ kind: "unlink", incident: incident.id }];
}

/**
 * Splits off what a cause does not account for, as long as something that it does is left. What recovers, and was accounted
 * for by the cause that was found before, came of that.
 */
function splitStep(incident: SortedIncident, { covers }: Root, picture?: Seen): readonly SortingStep[] {
  const { causeBefore } = incident;
  const covered = causeBefore && picture ? explainer(causeBefore, picture) : () => false;
  const tickets = openOf(incident).filter((ticket) => !covers(ticket) && !(ticket.isRecovering && covered(ticket)));
  return tickets.length > 0 && incident.tickets.some(covers)
    ? [{ kind: "split", incident: incident.id, tickets: tickets.map(({ id }) => id) }]
    : [];
}

function openOf({ tickets }: SortedIncident): readonly SortedTicket[] {
  return tickets.filter(({ isOpen, isPinned = false }) => isOpen && !isPinned);
}
