/** When an incident is looked at again: on news, on a change of what it touches, and otherwise after a pause that grows. Nobody gives up for good. */

import { type ActionRun, hasEnded, isTentative } from "../core/safety/action-run.ts";
import type { Clock } from "../core/system/clock.ts";
import type { EventKind } from "../core/system/timeline.ts";
import type { Incident } from "../core/tickets/incident.ts";
import type { Ticket } from "../core/tickets/ticket.ts";
import type { Database } from "../database/mod.ts";

/** What is asked. */
export interface AttentionOptions {
  readonly database: Database;
  readonly clock: Pick<Clock, "now">;
  /** Which one would look. */
  readonly engine: { readonly id: string };
}

/**
 * Why an incident might be looked at again: a ticket opened, an action ended, the component at fault changed or is violated for
 * another reason, another component that it touches did, it was looked at before there was much to see, a verdict came and
 * went, or nothing.
 */
export type Occasion = "opened" | "ended" | "turned" | "changed" | "early" | "judged" | "none";

const HOUR_MS = 3_600_000;
const LONGEST_MS = 10 * 60_000;

/** Looks within an hour that tickets and ended actions may bring without a pause. */
const FREE_LOOKS = 3;
const PACE_MS = { rules: 10_000, model: 120_000 };

/** Milliseconds of a short pause. */
const SHORT_MS = 3000;
/** How the pauses of early looks grow up to the pace: some figures show after a few readings, others after ten. */
const EARLY_GROWTH = 1.5;
/** As many looks come after short pauses where the component at fault changes, within as many paces: no more on average than one per pace. */
const BURST_LOOKS = 3;
/** Early looks after the first that do not make what a ticket or an ended action brings wait. */
const UNCOUNTED_LOOKS = 2;

/** Milliseconds from the beginning of an incident in which series have too few readings to show much. */
const EARLY_MS = 20_000;

/** Changes that every engine would want to hear of; verdicts of single entities may come and go with each look. */
const OF_COMPONENTS: ReadonlySet<EventKind> = new Set<EventKind>([
  "came-up",
  "went-down",
  "restarted",
  "reconfigured",
  "upgraded",
  "link-broke",
  "link-recovered",
  "reason-changed",
]);

/**
 * Milliseconds from the last look of an incident to the next.
 * @param looks How many there were in the last hour.
 */
export function pauseAfter(looks: number, occasion: Occasion, { isModel }: { readonly isModel: boolean }): number {
  const paceMs = isModel ? PACE_MS.model : PACE_MS.rules;
  const grownMs = Math.min(10_000 * 2 ** (looks - FREE_LOOKS - 1), LONGEST_MS);
  if (occasion === "opened") return looks <= FREE_LOOKS ? 0 : paceMs;
  if (occasion === "ended") return looks <= FREE_LOOKS ? 0 : grownMs;
  if (occasion === "changed") return paceMs;
  if (occasion === "turned") return isModel || looks >= BURST_LOOKS ? paceMs : SHORT_MS;
  if (occasion === "early")
    return isModel ? paceMs : Math.min(paceMs, SHORT_MS * EARLY_GROWTH ** Math.max(0, looks - 1));
  if (occasion === "judged") return Math.max(grownMs, paceMs);
  return Math.min(30_000 * 2 ** Math.max(0, looks - 1), LONGEST_MS);
}

/** Whether an incident needs to be looked at now. Not what is in hand of a person, of the executor or of its own recovery. */
export function needsAttention(incident: Incident, options: AttentionOptions): boolean {
  const { database, clock, engine } = options;
  const { id, state, linkedTo } = incident;
  // What has the cause of another incident is looked at with that one.
  if (linkedTo !== undefined) return false;
  const tickets = database.incidents.tickets(id);
  // What has recovered and waits out its hold-down closes quietly.
  if (!tickets.some((ticket) => ticket.state === "open" && !ticket.held && ticket.verdict !== "holds")) return false;
  if (state === "open" || state === "investigating") return true;
  if (state === "acting" || state === "verifying" || state === "resolved") return false;
  const runs = database.actionRuns.list({ incident: id });
  const lookedAtMs = database.investigations.list(id).map(({ startedAtMs }) => startedAtMs);
  const lastMs = lookedAtMs.at(-1) ?? 0;
  const nowMs = clock.now();
  if (runs.some((run) => isUnderWay(run, nowMs - lastMs))) return false;
  // What was looked at before it opened again says nothing of how long this takes.
  const openedAtMs = database.incidents.transitions(id).findLast(({ to }) => to === "open")?.atMs ?? 0;
  const recent = lookedAtMs.filter((atMs) => atMs >= openedAtMs && atMs > nowMs - HOUR_MS);
  const occasion = occasionOf({ incident, tickets, runs, lastMs }, options);
  const isModel = engine.id !== "rules";
  const looks = countOf(recent, occasion, { tickets, isModel, nowMs });
  // What a person has rejected is theirs: the same would be proposed again.
  if (occasion !== "opened" && occasion !== "ended" && runs.at(-1)?.state === "rejected") return false;
  // A clock that was put back is no reason to wait until it is where it was.
  return nowMs < lastMs || nowMs - lastMs >= pauseAfter(looks, occasion, { isModel });
}

interface Counting {
  readonly tickets: readonly Ticket[];
  readonly isModel: boolean;
  readonly nowMs: number;
}

/** The looks that make the next one wait; the first ones, which come soon after each other, do not make later ones rarer. */
function countOf(recent: readonly number[], occasion: Occasion, { tickets, isModel, nowMs }: Counting): number {
  if (occasion === "turned") return recent.filter((atMs) => atMs > nowMs - BURST_LOOKS * PACE_MS.rules).length;
  const early = recent.filter((at) => isEarly(at, tickets)).length;
  if (occasion === "early") return early;
  if (occasion === "none") return Math.max(1, recent.length - early);
  return recent.length - (isModel ? 0 : Math.min(UNCOUNTED_LOOKS, Math.max(0, early - 1)));
}

/** Milliseconds that a diagnosis may be dated before its investigation: by the look that it rests on. */
const LOOK_MS = 30_000;

/** Whether what a look shows against the cause of an incident may bring a new one: at the pace of changes, while nothing of it runs. */
export function mayBeContradicted({ id, state, linkedTo }: Incident, options: AttentionOptions): boolean {
  const { database, clock, engine } = options;
  if (linkedTo !== undefined || !["diagnosed", "awaiting-approval", "escalated"].includes(state)) return false;
  if (!database.incidents.tickets(id).some((ticket) => ticket.state === "open" && !ticket.held)) return false;
  const runs = database.actionRuns.list({ incident: id });
  const lookedAtMs = database.investigations.list(id).at(-1)?.startedAtMs ?? 0;
  // What was looked for since, and not found again, is over.
  if ((database.incidents.diagnoses(id).at(-1)?.atMs ?? 0) < lookedAtMs - LOOK_MS) return false;
  const sinceLookMs = clock.now() - lookedAtMs;
  if (runs.at(-1)?.state === "rejected" || runs.some((run) => isUnderWay(run, sinceLookMs))) return false;
  return sinceLookMs >= pauseAfter(1, "changed", { isModel: engine.id !== "rules" });
}

/** Milliseconds for which the executor has a confirmed action to itself, before it counts as one that waits for a person. */
const ABOUT_TO_RUN_MS = 10_000;

/** Whether a run is the executor's: what only waits is no reason to look no more. */
function isUnderWay(run: ActionRun, sinceLookMs: number): boolean {
  if (hasEnded(run) || isTentative(run)) return false;
  return run.state !== "pending" || sinceLookMs < ABOUT_TO_RUN_MS;
}

/** Whether a look was made so soon after the open tickets had opened that there was little to see. */
function isEarly(atMs: number, tickets: readonly Ticket[]): boolean {
  const open = tickets.filter(({ state }) => state === "open").map(({ openedAtMs }) => openedAtMs);
  return atMs - Math.min(...open) < EARLY_MS;
}

interface Known {
  readonly incident: Incident;
  readonly tickets: readonly Ticket[];
  readonly runs: readonly ActionRun[];
  /** Epoch milliseconds of the last look. */
  readonly lastMs: number;
}

function occasionOf({ incident, tickets, runs, lastMs }: Known, { database, clock }: AttentionOptions): Occasion {
  if (tickets.some(({ openedAtMs }) => openedAtMs > lastMs)) return "opened";
  const newest = runs.at(-1);
  if (newest?.state === "rejected") return "none";
  if (incident.state !== "escalated" && runs.every(hasEnded)) return "ended";
  if (newest && (newest.endedAtMs ?? 0) >= lastMs) return "ended";
  const cause = database.incidents.diagnoses(incident.id).at(-1)?.cause;
  const touched = new Set<string>([...tickets.map(({ on }) => on), ...(cause ? [cause.component] : [])]);
  const since = database.events.between(incident.instance, { fromMs: lastMs + 1, toMs: clock.now() });
  const touching = since.filter(
    ({ event, of, said }) => event !== "became-unknown" && (touched.has(of) || (said && touched.has(said.on))),
  );
  if (cause?.verdict !== "confirmed" && isEarly(lastMs, tickets)) return "early";
  const changes = touching.filter(({ event }) => OF_COMPONENTS.has(event));
  if (cause && changes.some(({ of, said }) => of === cause.component || said?.on === cause.component)) return "turned";
  if (changes.length > 0) return "changed";
  // Verdicts come and go under a cause that is confirmed; what speaks against it is looked for by itself.
  return touching.length > 0 && cause?.verdict !== "confirmed" ? "judged" : "none";
}
