/** The current tables of investigations; the rest is in `schema.ts`. */

/** Investigations and their steps. */
export const INVESTIGATIONS = `
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
CREATE INDEX steps_by_investigation ON investigation_steps (investigation, id);
`;
