/** Commits again and again while another connection holds the file: `committer.ts FILE durable|plain COMMITS`. */

import { openDatabase } from "../../src/database/mod.ts";

const [path = "", kind, commits = "0"] = process.argv.slice(2);
using database = openDatabase(path);
using _other = openDatabase(path);
for (let commit = 0; commit < Number(commits); commit++) {
  const write = (): unknown => database.instances.ensure({ subject: "toy", name: `${commit}` });
  if (kind === "durable") database.transactDurably(write);
  else database.transact(write);
}
