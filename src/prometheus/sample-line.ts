/** One line of a metrics page: a sample with its name, labels, value and time. */

/** One value of one series on a page. */
export interface Sample {
  /** Any text; most are in Prometheus' older grammar. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** May be infinite or not a number. */
  readonly value: number;
  /** Epoch milliseconds, if the page has them. */
  readonly timestampMs?: number;
}

/** The parsed part of a line, and where it ends. */
interface Head {
  readonly name: string;
  readonly labels: Record<string, string>;
  readonly end: number;
}

/** A text in quotes, and where it ends. */
interface Quoted {
  readonly text: string;
  readonly end: number;
}

const NO_LABELS = Object.freeze({});
const NAME = /[a-zA-Z_:][\w:]*/y;
const LABEL_NAME = /[a-zA-Z_]\w*/y;
// No two parts of a pattern match the same character, so a hostile line takes linear time.
const DECIMAL = String.raw`[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?`;
const VALUE = `${DECIMAL}|[+-]?[iI][nN][fF](?:[iI][nN][iI][tT][yY])?|[nN][aA][nN]`;
const TAIL = new RegExp(`(${VALUE})(?:[ \\t]+(${DECIMAL}))?(?:[ \\t]+st@${DECIMAL})?(?:[ \\t]+#[ \\t]*{.*)?$`, "sy");
const WHOLE_VALUE = new RegExp(`^(?:${VALUE})$`);

/**
 * Reads one line without space around it; `undefined` if it is not a well-formed sample. Stated times count
 * `timeUnitMs` each. Names may be quoted, as Prometheus 3 writes those that need it; start times and exemplars are
 * skipped.
 */
export function readSampleLine(line: string, timeUnitMs: number): Sample | undefined {
  const head = readHead(line);
  if (!head) return undefined;
  TAIL.lastIndex = head.end;
  const [, value, time] = TAIL.exec(line) ?? [];
  if (value === undefined) return undefined;
  const { name, labels } = head;
  const sample = { name, labels, value: numberOf(value) };
  return time === undefined ? sample : { ...sample, timestampMs: Math.round(Number(time) * timeUnitMs) };
}

/** Undoes the escapes of label values and help texts; an unknown escape stays as it is. */
export function unescapeText(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replaceAll(/\\[\\"n]/g, (escape) => (escape === "\\n" ? "\n" : escape.slice(1)));
}

/** Reads a value as Prometheus writes it; `undefined` if the text is not a value. */
export function readValue(text: string): number | undefined {
  return WHOLE_VALUE.test(text) ? numberOf(text) : undefined;
}

/** The text in quotes that begins here, and where it ends; `undefined` if there is none. */
export function readQuoted(line: string, start: number): Quoted | undefined {
  if (line[start] !== '"') return undefined;
  let end = line.indexOf('"', start + 1);
  while (end > 0 && isEscaped(line, end)) end = line.indexOf('"', end + 1);
  return end < 0 ? undefined : { text: unescapeText(line.slice(start + 1, end)), end: end + 1 };
}

/** The name and the labels, up to the value. */
function readHead(line: string): Head | undefined {
  NAME.lastIndex = 0;
  const bare = NAME.test(line) ? line.slice(0, NAME.lastIndex) : "";
  const gap = skipSpace(line, bare.length);
  if (line[gap] === "{") return readLabels(line, gap + 1, bare);
  return bare && gap > bare.length ? { name: bare, labels: NO_LABELS, end: gap } : undefined;
}

/** A label that is given twice makes the line ambiguous, and so does a second name. */
function readLabels(line: string, start: number, bare: string): Head | undefined {
  const labels: Record<string, string> = {};
  let name = bare;
  let at = skipSpace(line, start);
  while (line[at] !== "}") {
    const label = readQuoted(line, at) ?? readLabelName(line, at);
    if (!label?.text) return undefined;
    at = skipSpace(line, label.end);
    if (line[at] === "=") {
      const value = readQuoted(line, skipSpace(line, at + 1));
      if (!value || Object.hasOwn(labels, label.text)) return undefined;
      setLabel(labels, label.text, value.text);
      at = skipSpace(line, value.end);
    } else if (name || line[label.end - 1] !== '"') return undefined;
    else name = label.text;
    if (line[at] === ",") at = skipSpace(line, at + 1);
    else if (line[at] !== "}") return undefined;
  }
  return name ? { name, labels, end: skipSpace(line, at + 1) } : undefined;
}

function readLabelName(line: string, start: number): Quoted | undefined {
  LABEL_NAME.lastIndex = start;
  return LABEL_NAME.test(line)
    ? { text: line.slice(start, LABEL_NAME.lastIndex), end: LABEL_NAME.lastIndex }
    : undefined;
}

/** A label may be called `__proto__`. */
function setLabel(labels: Record<string, string>, name: string, value: string): void {
  if (name !== "__proto__") labels[name] = value;
  else Object.defineProperty(labels, name, { value, enumerable: true, configurable: true, writable: true });
}

function isEscaped(line: string, at: number): boolean {
  let first = at;
  while (line[first - 1] === "\\") first--;
  return (at - first) % 2 === 1;
}

function skipSpace(line: string, start: number): number {
  let at = start;
  while (line[at] === " " || line[at] === "\t") at++;
  return at;
}

/** The text must be a value. */
function numberOf(text: string): number {
  const number = Number(text);
  if (!Number.isNaN(number) || /nan/i.test(text)) return number;
  return text.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}
