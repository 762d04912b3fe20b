/** One line of a metrics page: a sample with its name, labels, value and time. */

/** One value of one series, as a page states it. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** May be infinite or not a number. */
  readonly value: number;
  /** Epoch milliseconds, where the page states it. */
  readonly timestampMs?: number;
}

const SPACE = String.raw`[ \t]*`;
const QUOTED = String.raw`"[^"\\]*(?:\\.[^"\\]*)*"`;
const LABEL = `[a-zA-Z_]\\w*${SPACE}=${SPACE}${QUOTED}${SPACE}(?:,${SPACE}|(?=}))`;
// No two parts of a pattern can take the same character: a hostile line costs time in proportion to its length.
const DECIMAL = String.raw`[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?`;
const VALUE = `${DECIMAL}|[+-]?[iI][nN][fF](?:[iI][nN][iI][tT][yY])?|[nN][aA][nN]`;
const EXEMPLAR = `[ \\t]+#${SPACE}{.*`;
const LINE = new RegExp(
  `^([a-zA-Z_:][\\w:]*)${SPACE}(?:{${SPACE}((?:${LABEL})*)}${SPACE}|(?<=[ \\t]))(${VALUE})` +
    `(?:[ \\t]+(${DECIMAL}))?(?:${EXEMPLAR})?$`,
  "s",
);
const LABELS = /(\w+)[ \t]*=[ \t]*"([^"\\]*(?:\\.[^"\\]*)*)"/gs;

/** Whether a line, without space around it, is a well-formed sample; cheaper than reading it. */
export function isSampleLine(line: string): boolean {
  return LINE.test(line);
}

/** Reads one line without space around it; `undefined` if it is no well-formed sample. Stated times count `timeUnitMs` each. */
export function readSampleLine(line: string, timeUnitMs: number): Sample | undefined {
  const match = LINE.exec(line);
  if (!match) return undefined;
  const [, name = "", list, value = "", time] = match;
  const labels = list ? readLabels(list) : {};
  if (!labels) return undefined;
  const sample = { name, labels, value: readValue(value) };
  return time === undefined ? sample : { ...sample, timestampMs: Math.round(Number(time) * timeUnitMs) };
}

/** Undoes the escapes of label values and help texts; an unknown escape stays as it is. */
export function unescapeText(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replaceAll(/\\[\\"n]/g, (escape) => (escape === "\\n" ? "\n" : escape.slice(1)));
}

/** A label that is given twice makes the line ambiguous. */
function readLabels(list: string): Record<string, string> | undefined {
  const pairs = [...list.matchAll(LABELS)].map(([, name = "", value = ""]) => [name, unescapeText(value)] as const);
  // Object.fromEntries() rather than assignment: a label may be called __proto__.
  return new Set(pairs.map(([name]) => name)).size === pairs.length ? Object.fromEntries(pairs) : undefined;
}

/** Reads a value as Prometheus writes it; what is no number gives NaN or an infinity, so it must have been checked. */
export function readValue(text: string): number {
  const number = Number(text);
  if (!Number.isNaN(number) || /nan/i.test(text)) return number;
  return text.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}
