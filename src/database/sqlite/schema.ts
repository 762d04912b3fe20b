/** The current schema: every table with its indices. Migrations of older files are in `migrations.ts`; a test compares both. */

import { INVESTIGATIONS } from "./schema-investigations.ts";

/** The schema of a new file. */
export const SCHEMA = `
CREATE TABLE instances (
  id INTEGER PRIMARY KEY,
  subject TEXT NOT NULL,
  name TEXT NOT NULL,
  revision INTEGER NOT NULL DEFAULT 0,
  emulated INTEGER NOT NULL DEFAULT 0,
  UNIQUE (subject, name)
) STRICT;

CREATE TABLE leases (
  name TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  ttl_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE evidence (
  id INTEGER PRIMARY KEY,
  instance INTEGER NOT NULL REFERENCES instances (id),
  at_ms INTEGER NOT NULL,
  window_from_ms INTEGER NOT NULL,
  window_to_ms INTEGER NOT NULL,
  frozen BLOB NOT NULL
) STRICT;
CREATE INDEX evidence_windows ON evidence (instance, window_to_ms, window_from_ms);

CREATE TABLE tickets (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  instance INTEGER NOT NULL REFERENCES instances (id),
  invariant TEXT NOT NULL,
  entity TEXT NOT NULL,
  component TEXT NOT NULL,
  severity TEXT NOT NULL,
  state TEXT NOT NULL,
  held INTEGER NOT NULL DEFAULT 0,
  summary TEXT NOT NULL,
  figures TEXT NOT NULL,
  first_violated_at_ms INTEGER NOT NULL,
  opened_at_ms INTEGER NOT NULL,
  resolved_at_ms INTEGER,
  reopen_count INTEGER NOT NULL DEFAULT 0,
  evidence INTEGER REFERENCES evidence (id),
  symptom TEXT,
  verdict TEXT NOT NULL DEFAULT 'violated',
  reason TEXT NOT NULL DEFAULT '',
  problem_reason TEXT NOT NULL DEFAULT '',
  problem_summary TEXT NOT NULL DEFAULT '',
  affected INTEGER NOT NULL DEFAULT 1,
  violated INTEGER NOT NULL DEFAULT 0,
  began_at_ms INTEGER NOT NULL DEFAULT 0,
  hold_down_ms INTEGER,
  waiting TEXT
) STRICT;
CREATE UNIQUE INDEX one_open_ticket ON tickets (instance, invariant, component) WHERE state = 'open';
CREATE INDEX tickets_by_component ON tickets (instance, invariant, component, id);
CREATE INDEX tickets_by_resolution ON tickets (instance, resolved_at_ms);
CREATE INDEX tickets_by_instance ON tickets (instance, state, id);
CREATE INDEX tickets_by_evidence ON tickets (evidence) WHERE evidence IS NOT NULL;

CREATE TABLE ticket_entities (
  ticket INTEGER NOT NULL REFERENCES tickets (id),
  entity TEXT NOT NULL,
  joined_at_ms INTEGER NOT NULL,
  left_at_ms INTEGER,
  summary TEXT NOT NULL,
  PRIMARY KEY (ticket, entity)
) STRICT, WITHOUT ROWID;

CREATE TABLE ticket_transitions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  ticket INTEGER NOT NULL REFERENCES tickets (id),
  at_ms INTEGER NOT NULL,
  change TEXT NOT NULL,
  actor TEXT NOT NULL,
  reason TEXT NOT NULL
) STRICT;
CREATE INDEX ticket_transitions_by_ticket ON ticket_transitions (ticket, id);

CREATE TABLE "entity_states" (
  instance INTEGER NOT NULL REFERENCES instances (id),
  invariant TEXT NOT NULL,
  entity TEXT NOT NULL,
  component TEXT NOT NULL,
  verdict TEXT NOT NULL,
  verdict_since_ms INTEGER NOT NULL,
  summary TEXT NOT NULL,
  violated_since_ms INTEGER,
  holds INTEGER NOT NULL,
  unjudged_since_ms INTEGER,
  reason TEXT NOT NULL DEFAULT '',
  as_of_ms INTEGER NOT NULL DEFAULT 0,
  fill_ms REAL NOT NULL DEFAULT 0,
  held_ms REAL NOT NULL DEFAULT 0,
  ticket_on TEXT,
  gone INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (instance, invariant, entity)
) STRICT, WITHOUT ROWID;
CREATE INDEX entity_states_by_ticket ON entity_states (instance, invariant, ticket_on) WHERE ticket_on IS NOT NULL;

CREATE TABLE incidents (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  instance INTEGER NOT NULL REFERENCES instances (id),
  state TEXT NOT NULL,
  title TEXT NOT NULL,
  began_at_ms INTEGER NOT NULL,
  opened_at_ms INTEGER NOT NULL,
  resolved_at_ms INTEGER,
  outcome TEXT,
  split_from INTEGER REFERENCES incidents (id),
  linked_to INTEGER REFERENCES incidents (id),
  merged_into INTEGER REFERENCES incidents (id),
  closing TEXT
) STRICT;
CREATE INDEX unresolved_incidents ON incidents (instance) WHERE state <> 'resolved';
CREATE INDEX incidents_by_instance ON incidents (instance, id);
CREATE INDEX incidents_by_split ON incidents (split_from) WHERE split_from IS NOT NULL;

CREATE TABLE incident_tickets (
  incident INTEGER NOT NULL REFERENCES incidents (id),
  ticket INTEGER NOT NULL REFERENCES tickets (id),
  pinned INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (incident, ticket)
) STRICT, WITHOUT ROWID;
CREATE INDEX incidents_by_ticket ON incident_tickets (ticket, incident);

CREATE TABLE incident_transitions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  incident INTEGER NOT NULL REFERENCES incidents (id),
  at_ms INTEGER NOT NULL,
  from_state TEXT,
  to_state TEXT NOT NULL,
  actor TEXT NOT NULL,
  reason TEXT NOT NULL
) STRICT;
CREATE INDEX incident_transitions_by_incident ON incident_transitions (incident, id);

CREATE TABLE diagnoses (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  incident INTEGER NOT NULL REFERENCES incidents (id),
  diagnosis TEXT NOT NULL
) STRICT;
CREATE INDEX diagnoses_by_incident ON diagnoses (incident, id);

CREATE TABLE checkups (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  instance INTEGER NOT NULL REFERENCES instances (id),
  at_ms INTEGER NOT NULL,
  elapsed_ms REAL NOT NULL,
  holds INTEGER NOT NULL,
  violated INTEGER NOT NULL,
  unknown INTEGER NOT NULL,
  failed TEXT
) STRICT;
CREATE INDEX checkups_by_time ON checkups (instance, at_ms);
CREATE INDEX checkups_by_instance ON checkups (instance, id);

CREATE TABLE pictures (
  id INTEGER PRIMARY KEY,
  instance INTEGER NOT NULL REFERENCES instances (id),
  at_ms INTEGER NOT NULL,
  picture BLOB NOT NULL
) STRICT;
CREATE INDEX pictures_by_time ON pictures (instance, at_ms);

CREATE TABLE series_kinds (
  instance INTEGER NOT NULL REFERENCES instances (id),
  name TEXT NOT NULL,
  unit TEXT NOT NULL,
  kind TEXT NOT NULL,
  signal TEXT NOT NULL,
  PRIMARY KEY (instance, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE series (
  id INTEGER PRIMARY KEY,
  instance INTEGER NOT NULL REFERENCES instances (id),
  metric TEXT NOT NULL,
  labels TEXT NOT NULL,
  UNIQUE (instance, metric, labels)
) STRICT;

CREATE TABLE shapes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  instance INTEGER NOT NULL REFERENCES instances (id),
  series BLOB NOT NULL
) STRICT;

CREATE TABLE samples (
  id INTEGER PRIMARY KEY,
  instance INTEGER NOT NULL REFERENCES instances (id),
  shape INTEGER NOT NULL REFERENCES shapes (id),
  at_ms INTEGER NOT NULL,
  packed BLOB NOT NULL
) STRICT;
CREATE INDEX samples_by_time ON samples (instance, at_ms, shape);
CREATE INDEX samples_by_shape ON samples (shape);

CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at_ms INTEGER NOT NULL,
  actor TEXT NOT NULL,
  instance INTEGER,
  event TEXT NOT NULL,
  detail TEXT NOT NULL,
  previous_hash TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;

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
CREATE UNIQUE INDEX one_running_action ON action_runs (instance) WHERE state = 'running';
CREATE INDEX action_runs_by_incident ON action_runs (incident, id);
CREATE INDEX action_runs_by_instance ON action_runs (instance, state, id);
CREATE INDEX action_runs_by_intent ON action_runs (instance, intended_at_ms) WHERE intended_at_ms IS NOT NULL;

CREATE TABLE approvals (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  run INTEGER NOT NULL REFERENCES action_runs (id),
  digest TEXT NOT NULL,
  actor TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  used_at_ms INTEGER
) STRICT;
CREATE INDEX approvals_by_run ON approvals (run, id);

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
) STRICT;

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
CREATE INDEX events_by_time ON events (instance, at_ms);
CREATE INDEX events_by_instance ON events (instance, id);

CREATE TABLE inspections (
  instance INTEGER NOT NULL REFERENCES instances (id),
  component TEXT NOT NULL,
  name TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (instance, component, name)
) STRICT, WITHOUT ROWID;
${INVESTIGATIONS}`;
