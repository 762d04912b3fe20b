/** stdout is data: whole lines, and no crash when the reader has gone. */

/** Writes one line of data. */
export function printLine(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Writes one value as a line of JSON. */
export function printJson(value: unknown): void {
  printLine(JSON.stringify(value));
}
