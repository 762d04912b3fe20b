/** Long lines made fit for a terminal without losing anything: wrapped between words. */

/** Narrower than this, what is broken off gets lines of its own instead of standing beside the cells before it. */
const LEAST_BESIDE = 30;

/** A plain line as lines that fit: broken between words, the rest moved in, of a row of a table below its last cell. */
export function wordWrap(line: string, columns: number): readonly string[] {
  if (Bun.stringWidth(line) <= columns) return [line];
  const [, head = "", text = ""] = /^(.*\S {2,}|\s*)(\S.*)$/.exec(line) ?? [];
  const movedIn = line.length - line.trimStart().length;
  const beside = Bun.stringWidth(head);
  if (beside === movedIn) return indented(wordsOf(text, columns - movedIn - 2), head, movedIn + 2);
  if (columns - beside >= LEAST_BESIDE) return indented(wordsOf(text, columns - beside), head, beside);
  const below = " ".repeat(movedIn + 4);
  return [
    ...wordWrap(head.trimEnd(), columns),
    ...indented(wordsOf(text, columns - below.length), below, below.length),
  ];
}

/** Words as lines of so many columns; only a word that is longer itself makes a line longer. */
function wordsOf(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = `${lines.at(-1) ?? ""} ${word}`;
    if (lines.length > 0 && Bun.stringWidth(longer) <= columns) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

function indented(lines: readonly string[], first: string, columns: number): readonly string[] {
  return lines.map((line, index) => `${index === 0 ? first : " ".repeat(columns)}${line}`);
}
