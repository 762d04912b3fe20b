/** Positions of secrets in a text. */

/** The replacement for a secret. */
export const REDACTED = "[redacted]";

/** Offsets into a text, the end excluded. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Finds the secrets of one kind. */
export interface Finder {
  /** Matches every text that could contain such a secret, and few others. Case-insensitive. */
  readonly suspects: RegExp;
  /** Results may overlap. Runs in time linear in the length of the text. */
  readonly find: (text: string) => Iterable<Span>;
}

/** The text with every span replaced by the marker; overlapping and adjacent spans become one marker. */
export function hidden(text: string, spans: readonly Span[]): string {
  const pieces: string[] = [];
  let shownTo = 0;
  for (const { start, end } of merged([...spans, ...markersIn(text)])) {
    pieces.push(text.slice(shownTo, start), REDACTED);
    shownTo = end;
  }
  return pieces.join("") + text.slice(shownTo);
}

/** Existing markers are replaced as a whole, so that redaction is idempotent. */
function markersIn(text: string): readonly Span[] {
  const found: Span[] = [];
  for (let at = text.indexOf(REDACTED); at >= 0; at = text.indexOf(REDACTED, at + REDACTED.length)) {
    found.push({ start: at, end: at + REDACTED.length });
  }
  return found;
}

function merged(spans: readonly Span[]): readonly Span[] {
  const whole: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.start - b.start)) {
    const last = whole.at(-1);
    if (span.end <= span.start) continue;
    if (last && span.start <= last.end) whole[whole.length - 1] = { ...last, end: Math.max(last.end, span.end) };
    else whole.push(span);
  }
  return whole;
}
