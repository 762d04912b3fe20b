/** The one logger: talk goes to stderr, one tag per layer, static sentences with fields. */

import { type ConsolaInstance, createConsola } from "consola/basic";

/** Info and above, or debug with `OPERATOR_DEBUG=1`; stdout is for data only. */
export const log: ConsolaInstance = createConsola({
  level: process.env["OPERATOR_DEBUG"] ? 4 : 3,
  stdout: process.stderr,
  stderr: process.stderr,
  formatOptions: { colors: process.stderr.isTTY, date: false, compact: true },
});
