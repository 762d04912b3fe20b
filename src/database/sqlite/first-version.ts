/** The first form of the file. It is never edited. */

/** Statements that make it. */
export const FIRST = `  CREATE TABLE instances (
    id INTEGER PRIMARY KEY,
    subject TEXT NOT NULL,
    name TEXT NOT NULL,
    revision INTEGER NOT NULL DEFAULT 0,
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
    evidence INTEGER REFERENCES evidence (id)
  ) STRICT;
  CREATE UNIQUE INDEX one_open_ticket ON tickets (instance, invariant, entity) WHERE state = 'open';
  CREATE INDEX tickets_by_entity ON tickets (instance, invariant, entity, id);
  CREATE TABLE ticket_transitions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    ticket INTEGER NOT NULL REFERENCES tickets (id),
    at_ms INTEGER NOT NULL,
    change TEXT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL
  ) STRICT;
  CREATE INDEX ticket_transitions_by_ticket ON ticket_transitions (ticket, id);
  CREATE TABLE tracks (
    instance INTEGER NOT NULL REFERENCES instances (id),
    invariant TEXT NOT NULL,
    entity TEXT NOT NULL,
    component TEXT NOT NULL,
    verdict TEXT NOT NULL,
    verdict_since_ms INTEGER NOT NULL,
    summary TEXT NOT NULL,
    violated_since_ms INTEGER,
    holds INTEGER NOT NULL,
    holds_since_ms INTEGER,
    unjudged_since_ms INTEGER,
    PRIMARY KEY (instance, invariant, entity)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE incidents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    instance INTEGER NOT NULL REFERENCES instances (id),
    state TEXT NOT NULL,
    title TEXT NOT NULL,
    began_at_ms INTEGER NOT NULL,
    opened_at_ms INTEGER NOT NULL,
    resolved_at_ms INTEGER,
    outcome TEXT
  ) STRICT;
  CREATE INDEX unresolved_incidents ON incidents (instance) WHERE state <> 'resolved';
  CREATE TABLE incident_tickets (
    incident INTEGER NOT NULL REFERENCES incidents (id),
    ticket INTEGER NOT NULL REFERENCES tickets (id),
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
  CREATE TABLE verdict_changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    instance INTEGER NOT NULL REFERENCES instances (id),
    at_ms INTEGER NOT NULL,
    invariant TEXT NOT NULL,
    entity TEXT NOT NULL,
    component TEXT NOT NULL,
    from_verdict TEXT,
    to_verdict TEXT NOT NULL,
    summary TEXT NOT NULL,
    figures TEXT NOT NULL
  ) STRICT;
  CREATE INDEX verdict_changes_by_time ON verdict_changes (instance, at_ms);
  CREATE INDEX verdict_changes_by_entity ON verdict_changes (instance, invariant, entity, id);
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
  ) STRICT`;
