/** A process that writes rounds as a monitor does, and says on stdout what the database has acknowledged. `writer.ts <path> <name> <rounds>` */

import { openDatabase } from "../../src/database/mod.ts";
import { newTicket } from "./new-ticket.ts";

const [path = "", name = "", rounds = "0"] = process.argv.slice(2);
const database = openDatabase(path);
const { id } = database.instances.ensure({ subject: "toy", name });
const by = { actor: "monitor/writer", reason: "Because" } as const;

for (let round = 0; round < Number(rounds); round++) {
  const atMs = 1000 + round;
  const ticket = database.transact(() => {
    const opened = database.tickets.open(id, {
      ...newTicket(`node/${round}`),
      ...by,
      atMs,
      firstViolatedAtMs: atMs,
    });
    database.incidents.open(id, { ...by, atMs, title: "violated", beganAtMs: atMs, tickets: [opened.id] });
    database.samples.append(id, atMs, [{ metric: "round", labels: {}, value: round }]);
    return opened;
  });
  database.audit.append({ atMs, actor: by.actor, instance: id, event: "wrote", detail: { round } });
  process.stdout.write(`${ticket.id}\n`);
}
