/**
 * Migrations of the file, oldest first, as SQL from each version to the next; their number is the version
 * (`user_version`). Released migrations are never edited. The current schema is in `schema.ts`.
 */

import { FIRST } from "./first-version.ts";
import { WITH_AFFECTED_INDEX, WITH_PINNED_TICKETS, WITH_SPLIT_INDEX, WITH_TICKET_ENTITIES } from "./migrate-tickets.ts";

const WITH_PROPOSALS = `  CREATE TABLE proposals (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    instance INTEGER NOT NULL REFERENCES instances (id),
    incident INTEGER NOT NULL REFERENCES incidents (id),
    state TEXT NOT NULL,
    proposed TEXT NOT NULL,
    proposed_at_ms INTEGER NOT NULL,
    proposed_by TEXT NOT NULL,
    reason TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX one_running_proposal ON proposals (instance) WHERE state = 'running';
  CREATE INDEX proposals_by_incident ON proposals (incident, id);
  CREATE TABLE approvals (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    proposal INTEGER NOT NULL REFERENCES proposals (id),
    digest TEXT NOT NULL,
    actor TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    used_at_ms INTEGER
  ) STRICT;
  CREATE INDEX approvals_by_proposal ON approvals (proposal, id);
  CREATE TABLE ladders (
    instance INTEGER PRIMARY KEY REFERENCES instances (id),
    ladder TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    actor TEXT NOT NULL
  ) STRICT;
  CREATE TABLE halt (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    at_ms INTEGER NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL
  ) STRICT`;

/** One table of dated events in place of changes of verdict; indices for what loops ask. */
const WITH_EVENTS = `
  CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    instance INTEGER NOT NULL REFERENCES instances (id),
    at_ms INTEGER NOT NULL,
    event TEXT NOT NULL,
    of_id TEXT NOT NULL,
    to_id TEXT,
    invariant TEXT,
    component TEXT,
    from_verdict TEXT,
    to_verdict TEXT,
    reason TEXT,
    summary TEXT NOT NULL,
    figures TEXT
  ) STRICT;
  INSERT INTO events (id, instance, at_ms, event, of_id, invariant, component, from_verdict, to_verdict, reason, summary,
      figures)
    SELECT id, instance, at_ms,
      CASE to_verdict WHEN 'violated' THEN 'violated' WHEN 'unknown' THEN 'became-unknown'
        ELSE 'holds-again' END,
      entity, invariant, component, from_verdict, to_verdict, '', summary, figures
    FROM verdict_changes WHERE from_verdict IS NOT NULL OR to_verdict <> 'holds';
  DROP TABLE verdict_changes;
  CREATE INDEX events_by_time ON events (instance, at_ms);
  CREATE INDEX events_by_instance ON events (instance, id);
  CREATE INDEX tickets_by_instance ON tickets (instance, state, id);
  CREATE INDEX tickets_by_evidence ON tickets (evidence) WHERE evidence IS NOT NULL;
  CREATE INDEX incidents_by_instance ON incidents (instance, id);
  CREATE INDEX proposals_by_instance ON proposals (instance, state, id);
  CREATE INDEX checkups_by_instance ON checkups (instance, id)`;

/** The healthy reading of each inspection. */
const WITH_INSPECTIONS = `
  CREATE TABLE inspections (
    instance INTEGER NOT NULL REFERENCES instances (id),
    component TEXT NOT NULL,
    name TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (instance, component, name)
  ) STRICT, WITHOUT ROWID`;

/** Renames to the field's terms. A quote inside a JSON string is escaped, so these texts are names and never contents. */
const WITH_PLAIN_NAMES = `
  ALTER TABLE tracks RENAME TO entity_states;
  UPDATE events SET event = 'link-recovered' WHERE event = 'link-mended';
  UPDATE diagnoses SET diagnosis = replace(replace(diagnosis, '"standing":', '"persistent":'), '"link-mended"', '"link-recovered"');
  UPDATE proposals SET proposed = replace(replace(proposed, '"standing":', '"persistent":'), '"link-mended"', '"link-recovered"')`;

/** Investigations of engines, with their steps. */
const WITH_INVESTIGATIONS = `
  CREATE TABLE investigations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    incident INTEGER NOT NULL REFERENCES incidents (id),
    engine TEXT NOT NULL,
    state TEXT NOT NULL,
    started_at_ms INTEGER NOT NULL,
    ended_at_ms INTEGER,
    outcome TEXT NOT NULL DEFAULT '',
    spent TEXT NOT NULL,
    packed_case BLOB
  ) STRICT;
  CREATE INDEX investigations_by_incident ON investigations (incident, id);
  CREATE TABLE investigation_steps (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    investigation INTEGER NOT NULL REFERENCES investigations (id),
    at_ms INTEGER NOT NULL,
    kind TEXT NOT NULL,
    summary TEXT NOT NULL,
    detail BLOB NOT NULL
  ) STRICT;
  CREATE INDEX steps_by_investigation ON investigation_steps (investigation, id)`;

/** Action runs in place of proposals. Pending proposals of 0.1.0 are cancelled: their reasons are evaluated again. */
const WITH_ACTION_RUNS = `
  CREATE TABLE action_runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    instance INTEGER NOT NULL REFERENCES instances (id),
    incident INTEGER REFERENCES incidents (id),
    plan TEXT,
    state TEXT NOT NULL,
    planned TEXT NOT NULL,
    due_at_ms INTEGER,
    predecessor INTEGER REFERENCES action_runs (id),
    proposed_at_ms INTEGER NOT NULL,
    proposed_by TEXT NOT NULL,
    intended_at_ms INTEGER,
    effect_at_ms INTEGER,
    ended_at_ms INTEGER,
    before_run TEXT,
    obstacle TEXT,
    reason TEXT NOT NULL
  ) STRICT;
  INSERT INTO action_runs (id, instance, incident, state, planned, proposed_at_ms, proposed_by, reason)
    SELECT id, instance, incident,
      CASE WHEN state = 'pending' THEN 'cancelled'
        WHEN state = 'running' AND (SELECT state FROM incidents WHERE id = incident) = 'verifying' THEN 'verifying'
        ELSE state END,
      proposed, proposed_at_ms, proposed_by,
      CASE state WHEN 'pending' THEN 'Cancelled: an earlier version proposed it, and this one looks at the incident again'
        ELSE reason END
    FROM proposals;
  ALTER TABLE approvals RENAME TO earlier_approvals;
  CREATE TABLE approvals (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run INTEGER NOT NULL REFERENCES action_runs (id),
    digest TEXT NOT NULL,
    actor TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    used_at_ms INTEGER
  ) STRICT;
  INSERT INTO approvals (id, run, digest, actor, at_ms, expires_at_ms, used_at_ms)
    SELECT id, proposal, digest, actor, at_ms, CASE WHEN used_at_ms IS NULL THEN at_ms ELSE expires_at_ms END, used_at_ms
    FROM earlier_approvals;
  DROP TABLE earlier_approvals;
  DROP TABLE proposals;
  CREATE UNIQUE INDEX one_running_action ON action_runs (instance) WHERE state = 'running';
  CREATE INDEX action_runs_by_incident ON action_runs (incident, id);
  CREATE INDEX action_runs_by_instance ON action_runs (instance, state, id);
  CREATE INDEX action_runs_by_intent ON action_runs (instance, intended_at_ms) WHERE intended_at_ms IS NOT NULL;
  CREATE INDEX approvals_by_run ON approvals (run, id)`;

/** Which instances are emulated. */
const WITH_EMULATED = "ALTER TABLE instances ADD COLUMN emulated INTEGER NOT NULL DEFAULT 0";

/** Statements by version. */
export const MIGRATIONS: readonly string[] = [
  FIRST,
  WITH_PROPOSALS,
  WITH_EVENTS,
  WITH_INSPECTIONS,
  WITH_PLAIN_NAMES,
  WITH_INVESTIGATIONS,
  WITH_ACTION_RUNS,
  WITH_TICKET_ENTITIES,
  WITH_AFFECTED_INDEX,
  WITH_PINNED_TICKETS,
  WITH_SPLIT_INDEX,
  WITH_EMULATED,
];
