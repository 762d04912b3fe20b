/** Prints the names of the instances of a database that it only reads: started by tests in a process of its own. */

import { openToRead } from "../../src/database/mod.ts";

const [path = ""] = process.argv.slice(2);
using database = openToRead(path);
process.stdout.write(`${JSON.stringify(database.instances.list().map(({ name }) => name))}\n`);
