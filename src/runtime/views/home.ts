/** The state of the instances of a home by its database, for a one-time report. */

import { messageOf } from "../../core/text/errors.ts";
import type { Instance, InstanceName } from "../../core/words/instance.ts";
import { monitorLease } from "../../core/words/lease.ts";
import { type Database, openToRead } from "../../database/mod.ts";
import { databasePath } from "../databases.ts";
import { type ActionRunView, actionRunView } from "./action-run.ts";
import { type ListedIncident, listedIncidents } from "./lists.ts";
import { type SafetyView, safetyView } from "./safety.ts";

/** The state of one instance. */
export interface StandingView extends SafetyView {
  /** The process that watches it now. */
  readonly watcher?: string;
  /** Epoch milliseconds of the last look; absent before the first. */
  readonly lookedAtMs?: number;
  /** Unresolved incidents, the most urgent first. */
  readonly incidents: readonly ListedIncident[];
  /** Waiting actions, each with the command for it. */
  readonly waiting: readonly ActionRunView[];
}

/** The state of an instance, or why it cannot be read. */
export type HomeStanding = StandingView | { readonly failed: string };

/** Milliseconds to wait for a database that another process has locked. */
const WAIT_MS = 1000;

/** Maximum of incidents and actions read. */
const MOST = 1000;

/** An instance of a home by the database in it. */
export interface StoredStanding {
  readonly instance: Instance;
  readonly standing: StandingView;
}

/** Reads the state of all recorded instances by name, or why it cannot be read. Creates nothing. */
export function storedStandings(home: string, nowMs: number): readonly StoredStanding[] | { readonly failed: string } {
  try {
    using database = openToRead(databasePath({ home }), { waitMs: WAIT_MS });
    return database.instances
      .list()
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map((instance) => ({ instance, standing: standingOf(database, instance, nowMs) }));
  } catch (error) {
    return { failed: messageOf(error) };
  }
}

/** Reads the state of an instance, or why it cannot be read. Creates nothing. */
export function homeStanding(home: string, wanted: InstanceName, nowMs: number): HomeStanding {
  try {
    using database = openToRead(databasePath({ home }), { waitMs: WAIT_MS });
    return standingOf(database, database.instances.find(wanted), nowMs);
  } catch (error) {
    return { failed: messageOf(error) };
  }
}

function standingOf(database: Database, instance: Instance | undefined, nowMs: number): StandingView {
  const safety = safetyView(database, instance?.id);
  if (!instance) return { ...safety, incidents: [], waiting: [] };
  const { id } = instance;
  const watcher = database.leases.current(monitorLease(id), nowMs)?.holder;
  const lookedAtMs = database.checkups.latest(id)?.atMs;
  return {
    ...safety,
    incidents: listedIncidents(database, { instances: [instance], nowMs }, { unresolved: true, limit: MOST }),
    waiting: database.actionRuns
      .list({ instance: id, state: "pending" })
      .map((run) => actionRunView(database, run, nowMs)),
    ...(watcher !== undefined && { watcher }),
    ...(lookedAtMs !== undefined && { lookedAtMs }),
  };
}
