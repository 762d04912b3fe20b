/** `operator audit`: who did what, and whether that record is intact. */

import * as v from "valibot";
import type { AuditHead, AuditRow, Database } from "../../../database/mod.ts";
import { renderAuditRow, renderAuditTable, renderHead } from "../../../render/records/audit.ts";
import { openStored } from "../../../runtime/databases.ts";
import { instancesOf, namedInstances, nameOf } from "../../../runtime/instances.ts";
import { command, type Runnable } from "../../args/command.ts";
import { EXIT } from "../../args/exit-code.ts";
import {
  INSTANCE_ARGS,
  InstanceOptions,
  Limit,
  PLACE_ARGS,
  PlaceOptions,
  RowId,
  STORED_ARGS,
  StoredOptions,
} from "../../args/flags/stored-flags.ts";
import { type Named, NO_INSTANCE, printJson, printText } from "../../args/output.ts";
import { found } from "../../args/wording.ts";

/** Rows that are read at once. */
const PAGE = 1000;

const list: Runnable = command({
  name: "audit list",
  args: {
    limit: { type: "string", default: "50", description: "Newest rows at most", valueHint: "count" },
    ...INSTANCE_ARGS,
    ...STORED_ARGS,
  },
  options: v.object({ limit: Limit, ...InstanceOptions, ...StoredOptions }),
  async run({ limit, json, ...place }, { log }) {
    using database = openStored(place);
    const head = database.audit.head();
    const isFiltered = place.subject !== undefined || place.name !== undefined;
    const instances = isFiltered ? (await namedInstances(database, place)).map(({ id }) => id) : undefined;
    const rows = database.audit.newest(limit, instances);
    if (json) return rows.forEach((row) => printJson(ofRow(database, row), row));
    if (rows.length === 0) return log.info(isFiltered ? "The audit log has no row of it" : "The audit log is empty");
    printText(instancesOf(database, rows), ...renderAuditTable(rows, nameOf(database.instances.list())));
    log.info(renderHead(head));
  },
});

const show: Runnable = command({
  name: "audit show",
  args: { id: { type: "positional", description: "Number of the row" }, ...STORED_ARGS },
  options: v.object({ id: RowId, ...StoredOptions }),
  async run({ id, json, ...place }) {
    using database = openStored(place);
    const row = found(database.audit.get(id), `audit row ${id}`, "operator audit list");
    if (json) printJson(ofRow(database, row), row);
    else printText(ofRow(database, row), ...renderAuditRow(row, nameOf(database.instances.list())));
  },
});

/** A head as `halt`, `approve` and the others print it; a hash that is cut short must still be one of a kind. */
const KeptHead = v.pipe(
  v.string(),
  v.regex(/^\d{1,15}:[0-9a-f]{8,64}$/, "Cannot read the head, expected id:hash with at least 8 digits of the hash"),
  v.transform((text): AuditHead => {
    const [id = "", hash = ""] = text.split(":");
    return { id: Number(id), hash };
  }),
);

const verify: Runnable = command({
  name: "audit verify",
  args: {
    head: { type: "string", description: "Earlier head to compare with, as it was printed", valueHint: "id:hash" },
    ...STORED_ARGS,
  },
  options: v.object({ head: v.optional(KeptHead), ...StoredOptions }),
  async run({ head, json, ...place }, { log }) {
    using database = openStored(place);
    const check = database.audit.verify(head);
    const { rows, broken, unwitnessed } = check;
    if (json) printJson(NO_INSTANCE, check);
    else if (broken) log.error(`The audit log is broken: ${broken.why}. ${rows} rows before it are intact`);
    else log.info(`The audit log is intact: ${rows} ${rows === 1 ? "row" : "rows"}; ${renderHead(check.head)}`);
    if (!broken && unwitnessed > 0) {
      const which = unwitnessed === 1 ? "The last row is" : `The last ${unwitnessed} rows are`;
      log.warn(`${which} not in the file of heads beside the database: only --head would show that they were cut off`);
    }
    return broken ? EXIT.failed : EXIT.done;
  },
});

/** Lines that anybody can check: each hash is the SHA-256 of the JSON array of the fields before it, `detail` as text. */
const exportRows: Runnable = command({
  name: "audit export",
  args: PLACE_ARGS,
  options: v.object(PlaceOptions),
  async run(place, { log }) {
    using database = openStored(place);
    let last: AuditHead = { id: 0, hash: "0".repeat(64) };
    let rows = 0;
    for (const row of everyRow(database)) {
      printJson(ofRow(database, row), row);
      last = { id: row.id, hash: row.hash };
      rows += 1;
    }
    const { broken } = database.audit.verify(last);
    printJson(NO_INSTANCE, { head: last, rows, ...(broken && { broken }) });
    if (!broken) return EXIT.done;
    log.error(`The audit log is broken: ${broken.why}`);
    return EXIT.failed;
  },
});

/** The commands by name. */
export const audit = { list, show, verify, export: exportRows } as const satisfies Readonly<Record<string, Runnable>>;

/** The instance of a row; some are of all of them. */
function ofRow(database: Database, row: AuditRow): Named | undefined {
  return instancesOf(database, [row])[0];
}

function* everyRow({ audit }: Database): Generator<AuditRow> {
  let page: readonly AuditRow[];
  let after = Number.MIN_SAFE_INTEGER;
  do {
    page = audit.list(after, PAGE);
    yield* page;
    after = page.at(-1)?.id ?? after;
  } while (page.length === PAGE);
}
