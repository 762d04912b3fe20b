/** A piece of a text that is a secret. */

/** What stands in a secret's place. */
export const REDACTED = "[redacted]";

/** Offsets into a text, the end excluded. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Finds the secrets of one kind. */
export interface Finder {
  /** Matches every text in which there could be one, and as few others as can be; case does not count. */
  readonly suspects: RegExp;
  /** What it finds may overlap. Its work grows with the length of the text and no faster. */
  readonly find: (text: string) => Iterable<Span>;
}

/** The text with the marker in the place of every span; spans that overlap or touch become one marker. */
export function hidden(text: string, spans: readonly Span[]): string {
  const pieces: string[] = [];
  let shownTo = 0;
  for (const { start, end } of merged([...spans, ...markersIn(text)])) {
    pieces.push(text.slice(shownTo, start), REDACTED);
    shownTo = end;
  }
  return pieces.join("") + text.slice(shownTo);
}

/** A marker that is there already is hidden whole or not at all, so that a text redacted twice is the same. */
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
