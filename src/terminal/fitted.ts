/** Lines cut to a width. */

/** The beginning of a line that fits `columns`; wide characters count as two columns. */
export function fitted(line: string, columns: number): string {
  if (Bun.stringWidth(line) <= columns) return line;
  let end = columns - 1;
  let cut = Bun.sliceAnsi(line, 0, end);
  while (Bun.stringWidth(cut) > columns - 1 && end > 0) {
    end -= 1;
    cut = Bun.sliceAnsi(line, 0, end);
  }
  return `${cut}…`;
}
