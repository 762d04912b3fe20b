/**
 * The database: one SQLite file in which every process of the operator meets. A narrow store for each kind of row;
 * changes across several use one `transact`.
 */

import type { Database as Sqlite } from "bun:sqlite";
import { statSync } from "node:fs";
import { dirname } from "node:path";
import { type AuditStore, auditStore } from "./audit/audit.ts";
import { type HeadFile, headFileOf } from "./audit/audit-heads.ts";
import { type CheckupStore, checkupStore } from "./checkups.ts";
import { type InspectionStore, inspectionStore } from "./inspections.ts";
import { type InstanceStore, instanceStore } from "./instances.ts";
import { type LeaseStore, leaseStore } from "./leases.ts";
import { type PictureStore, pictureStore } from "./pictures.ts";
import { type ActionRunStore, actionRunStore } from "./safety/action-runs.ts";
import { haltFileOf } from "./safety/halt-file.ts";
import { type SafetyStore, safetyStore } from "./safety/safety.ts";
import { type SampleStore, sampleStore } from "./samples/samples.ts";
import { connect, type OpenOptions } from "./sqlite/connection.ts";
import { guardOf } from "./sqlite/guard.ts";
import { connectToRead } from "./sqlite/reading.ts";
import { transact, transactDurably } from "./sqlite/transaction.ts";
import { type EntityStateStore, entityStateStore } from "./tickets/entity-states.ts";
import { type EventStore, eventStore } from "./tickets/events.ts";
import { type EvidenceStore, evidenceStore } from "./tickets/evidence.ts";
import { type FeedStore, feedStore } from "./tickets/feed.ts";
import { type IncidentStore, incidentStore } from "./tickets/incidents.ts";
import { type InvestigationStore, investigationStore } from "./tickets/investigations.ts";
import { type TicketStore, ticketStore } from "./tickets/tickets.ts";

export type { AuditEntry, AuditRow, AuditStore } from "./audit/audit.ts";
export type { AuditCheck, AuditFault } from "./audit/audit-chain.ts";
export type { AuditHead } from "./audit/audit-heads.ts";
export type { CheckupRow, CheckupStore } from "./checkups.ts";
export type { InspectionStore } from "./inspections.ts";
export type { InstanceStore } from "./instances.ts";
export type { Lease, LeaseRequest, LeaseStore } from "./leases.ts";
export type { PackedPicture, PictureStore, SeriesKind } from "./pictures.ts";
export type { ActionRunFilter, ActionRunStore, NewActionRun, NewApproval } from "./safety/action-runs.ts";
export { type Halt, type HaltFile, haltFileOf } from "./safety/halt-file.ts";
export type { SafetyStore } from "./safety/safety.ts";
export type { SampleHorizon, SampleStore } from "./samples/samples.ts";
export type { Sample } from "./samples/series-ids.ts";
export type { Span } from "./span.ts";
export type { OpenOptions } from "./sqlite/connection.ts";
export { isUnwritable } from "./sqlite/file-trouble.ts";
export type { EntityStateStore } from "./tickets/entity-states.ts";
export type { EventStore, PreparedEvents, StoredEvent } from "./tickets/events.ts";
export type { EvidenceStore, FrozenEvidence, LogTail, PackedEvidence } from "./tickets/evidence.ts";
export type { Cursor, FeedItem, FeedPage, FeedStore, VerdictChange } from "./tickets/feed.ts";
export type { IncidentFilter, IncidentStore, Move, NewIncident } from "./tickets/incidents.ts";
export type { InvestigationEnd, InvestigationStore, NewInvestigation, StepNews } from "./tickets/investigations.ts";
export type { OpenTicket } from "./tickets/open-tickets.ts";
export type { Page } from "./tickets/ticket-entities.ts";
export type { TicketFilter } from "./tickets/ticket-rows.ts";
export type { Change, NewTicket, TicketStep, TicketStore } from "./tickets/tickets.ts";

/** One open connection to the file. */
export interface Database extends Disposable {
  readonly path: string;
  readonly instances: InstanceStore;
  readonly leases: LeaseStore;
  readonly tickets: TicketStore;
  readonly entityStates: EntityStateStore;
  readonly incidents: IncidentStore;
  readonly investigations: InvestigationStore;
  readonly checkups: CheckupStore;
  /** The timeline. */
  readonly events: EventStore;
  readonly pictures: PictureStore;
  readonly samples: SampleStore;
  readonly evidence: EvidenceStore;
  readonly inspections: InspectionStore;
  readonly actionRuns: ActionRunStore;
  readonly safety: SafetyStore;
  readonly audit: AuditStore;
  /** Everything that happened since a position, written by any process. */
  readonly feed: FeedStore;
  /** Writes a consistent copy into a new file. */
  copyTo(path: string): void;
  /** Runs in one immediate transaction, all or nothing; inside a running one it joins that. Must not wait. */
  transact<T>(run: () => T): T;
  /** The same, durably: the changes are on disk when this returns. */
  transactDurably<T>(run: () => T): T;
}

/**
 * Opens the database; creates it, or migrates it to the newest version, if needed.
 * @throws {Error} If the file cannot be read and written, is no database, or was written by a newer version.
 */
export function openDatabase(path: string, options: OpenOptions = {}): Database {
  return databaseOf(connect(path, options), path);
}

/**
 * Opens the database for reading: empty if there is none yet, and without migration if it cannot be written.
 * @throws {Error} If the file cannot be read, is no database, or was written by a newer version.
 */
export function openToRead(path: string, options: Pick<OpenOptions, "waitMs"> = {}): Database {
  // Without the folder there are no files beside the database.
  const beside = statSync(dirname(path), { throwIfNoEntry: false }) ? path : ":memory:";
  return databaseOf(connectToRead(path, options), path, beside);
}

function databaseOf(sqlite: Sqlite, path: string, beside = path): Database {
  const guard = guardOf(sqlite, path);
  const whole = guard({
    transact: <T>(run: () => T): T => transact(sqlite, run),
    transactDurably: <T>(run: () => T): T => transactDurably(sqlite, run),
    copyTo: (to: string): void => void sqlite.run("VACUUM INTO ?", [to]),
  });
  return {
    path,
    instances: guard(instanceStore(sqlite)),
    leases: guard(leaseStore(sqlite)),
    tickets: guard(ticketStore(sqlite)),
    entityStates: guard(entityStateStore(sqlite)),
    incidents: guard(incidentStore(sqlite)),
    investigations: guard(investigationStore(sqlite)),
    checkups: guard(checkupStore(sqlite)),
    events: guard(eventStore(sqlite)),
    pictures: guard(pictureStore(sqlite)),
    samples: guard(sampleStore(sqlite)),
    evidence: guard(evidenceStore(sqlite)),
    inspections: guard(inspectionStore(sqlite)),
    actionRuns: guard(actionRunStore(sqlite)),
    safety: guard(safetyStore(sqlite, haltFileOf(beside))),
    audit: guard(auditStore(sqlite, headsOf(sqlite, beside))),
    feed: guard(feedStore(sqlite)),
    copyTo: (to) => whole.copyTo(to),
    transact: (run) => whole.transact(run),
    transactDurably: (run) => whole.transactDurably(run),
    [Symbol.dispose]: () => sqlite.close(),
  };
}

/** An in-memory database has no audit-heads file. */
function headsOf(sqlite: Sqlite, beside: string): HeadFile {
  if (beside === ":memory:") return { path: beside, append: () => undefined, read: () => new Map() };
  const file = headFileOf(beside);
  return sqlite.filename === ":memory:" ? { ...file, append: () => undefined } : file;
}
