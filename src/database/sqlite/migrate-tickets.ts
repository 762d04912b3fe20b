/** The step of the file that gives tickets their entities, and incidents their kin. Released migrations are never edited. */

/**
 * One open ticket of each invariant and component, with its entities. Open tickets of one component become the oldest
 * of them; the others are resolved, and keep their evidence.
 */
export const WITH_TICKET_ENTITIES = `
  ALTER TABLE tickets ADD COLUMN symptom TEXT;
  ALTER TABLE tickets ADD COLUMN verdict TEXT NOT NULL DEFAULT 'violated';
  ALTER TABLE tickets ADD COLUMN reason TEXT NOT NULL DEFAULT '';
  ALTER TABLE tickets ADD COLUMN problem_reason TEXT NOT NULL DEFAULT '';
  ALTER TABLE tickets ADD COLUMN problem_summary TEXT NOT NULL DEFAULT '';
  ALTER TABLE tickets ADD COLUMN affected INTEGER NOT NULL DEFAULT 1;
  ALTER TABLE tickets ADD COLUMN violated INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE tickets ADD COLUMN began_at_ms INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE tickets ADD COLUMN hold_down_ms INTEGER;
  ALTER TABLE tickets ADD COLUMN waiting TEXT;
  ALTER TABLE entity_states ADD COLUMN reason TEXT NOT NULL DEFAULT '';
  ALTER TABLE entity_states ADD COLUMN as_of_ms INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE entity_states ADD COLUMN fill_ms REAL NOT NULL DEFAULT 0;
  ALTER TABLE entity_states ADD COLUMN held_ms REAL NOT NULL DEFAULT 0;
  ALTER TABLE entity_states ADD COLUMN ticket_on TEXT;
  ALTER TABLE entity_states ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE incidents ADD COLUMN split_from INTEGER REFERENCES incidents (id);
  ALTER TABLE incidents ADD COLUMN linked_to INTEGER REFERENCES incidents (id);
  ALTER TABLE incidents ADD COLUMN merged_into INTEGER REFERENCES incidents (id);
  ALTER TABLE incidents ADD COLUMN closing TEXT;
  CREATE TABLE ticket_entities (
    ticket INTEGER NOT NULL REFERENCES tickets (id),
    entity TEXT NOT NULL,
    joined_at_ms INTEGER NOT NULL,
    left_at_ms INTEGER,
    summary TEXT NOT NULL,
    PRIMARY KEY (ticket, entity)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE joined_tickets (id INTEGER PRIMARY KEY, into_id INTEGER NOT NULL, incident INTEGER);
  INSERT INTO joined_tickets (id, into_id)
    SELECT id, min(id) OVER (PARTITION BY instance, invariant, component) FROM tickets WHERE state = 'open';
  UPDATE joined_tickets SET incident = coalesce(
    (SELECT min(incidents.id) FROM incidents JOIN incident_tickets ON incident_tickets.incident = incidents.id
     WHERE ticket = into_id AND state <> 'resolved'),
    (SELECT min(incidents.id) FROM incidents JOIN incident_tickets ON incident_tickets.incident = incidents.id
     JOIN joined_tickets AS other ON other.id = ticket
     WHERE other.into_id = joined_tickets.into_id AND state <> 'resolved'));
  UPDATE entity_states SET
    as_of_ms = coalesce((SELECT max(at_ms) FROM checkups WHERE checkups.instance = entity_states.instance), verdict_since_ms),
    ticket_on = (SELECT component FROM tickets WHERE tickets.instance = entity_states.instance
      AND tickets.invariant = entity_states.invariant AND tickets.entity = entity_states.entity AND state = 'open');
  UPDATE entity_states SET
    fill_ms = max(0, as_of_ms - coalesce(violated_since_ms, as_of_ms)),
    held_ms = CASE WHEN ticket_on IS NULL THEN 0 ELSE max(0, as_of_ms - coalesce(holds_since_ms, as_of_ms)) END;
  ALTER TABLE entity_states DROP COLUMN holds_since_ms;
  INSERT OR REPLACE INTO ticket_entities (ticket, entity, joined_at_ms, left_at_ms, summary)
    SELECT coalesce(into_id, tickets.id), entity, opened_at_ms, resolved_at_ms, summary
    FROM tickets LEFT JOIN joined_tickets ON joined_tickets.id = tickets.id ORDER BY tickets.id;
  UPDATE tickets SET problem_summary = summary, began_at_ms = first_violated_at_ms,
    held = coalesce((SELECT max(other.held) FROM joined_tickets JOIN tickets AS other ON other.id = joined_tickets.id
      WHERE into_id = tickets.id), held);
  INSERT OR IGNORE INTO incident_tickets (incident, ticket)
    SELECT DISTINCT incident, into_id FROM joined_tickets WHERE incident IS NOT NULL;
  DELETE FROM incident_tickets WHERE EXISTS (
    SELECT 1 FROM joined_tickets WHERE id = ticket AND into_id <> id AND joined_tickets.incident = incident_tickets.incident);
  INSERT INTO ticket_transitions (ticket, at_ms, change, actor, reason)
    SELECT id, CAST(unixepoch('subsec') * 1000 AS INTEGER), 'resolved', 'monitor/migration', 'joined ticket ' || into_id
    FROM joined_tickets WHERE id <> into_id ORDER BY id;
  UPDATE tickets SET state = 'resolved', held = 0, resolved_at_ms = CAST(unixepoch('subsec') * 1000 AS INTEGER)
    WHERE id IN (SELECT id FROM joined_tickets WHERE id <> into_id);
  DROP TABLE joined_tickets;
  UPDATE tickets SET affected = (SELECT count(*) FROM ticket_entities WHERE ticket = tickets.id),
    violated = (SELECT count(*) FROM entity_states WHERE entity_states.instance = tickets.instance
      AND entity_states.invariant = tickets.invariant AND ticket_on = component AND entity_states.verdict = 'violated')
    WHERE state = 'open';
  DROP INDEX one_open_ticket;
  DROP INDEX tickets_by_entity;
  CREATE UNIQUE INDEX one_open_ticket ON tickets (instance, invariant, component) WHERE state = 'open';
  CREATE INDEX tickets_by_component ON tickets (instance, invariant, component, id);
  CREATE INDEX tickets_by_resolution ON tickets (instance, resolved_at_ms)`;

/** Tickets that a person has moved stay in their incident, regardless of its cause. */
export const WITH_PINNED_TICKETS = `
  ALTER TABLE incident_tickets ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0`;

/** Incidents that were split off share the budget of the one they come from. */
export const WITH_SPLIT_INDEX = `
  CREATE INDEX incidents_by_split ON incidents (split_from) WHERE split_from IS NOT NULL`;

/** Index for the entities of a ticket, which every look reads. */
export const WITH_AFFECTED_INDEX = `
  CREATE INDEX entity_states_by_ticket ON entity_states (instance, invariant, ticket_on) WHERE ticket_on IS NOT NULL`;
