/**
 * The forms of the file, oldest first; the number of them is its version (`user_version`).
 * What has landed is never edited: a change of form is one more entry.
 */

import { auditTables } from "./audit.ts";
import { checkupTables } from "./checkups.ts";
import { evidenceTables } from "./evidence.ts";
import { incidentTables } from "./incidents.ts";
import { instanceTables } from "./instances.ts";
import { leaseTables } from "./leases.ts";
import { pictureTables } from "./pictures.ts";
import { proposalTables } from "./proposals.ts";
import { safetyTables } from "./safety.ts";
import { sampleTables } from "./samples.ts";
import { ticketTables } from "./ticket-rows.ts";
import { trackTables } from "./tracks.ts";
import { verdictTables } from "./verdicts.ts";

/** Statements by version; each store keeps its own beside its queries. */
export const MIGRATIONS: readonly (readonly string[])[] = [
  [
    instanceTables,
    leaseTables,
    evidenceTables,
    ticketTables,
    trackTables,
    incidentTables,
    checkupTables,
    verdictTables,
    pictureTables,
    sampleTables,
    auditTables,
  ],
  [proposalTables, safetyTables],
];
