/** "Did you mean" for flags, commands and names. */

/** The known word nearest to a mistyped one, if it is near enough to be meant. */
export function suggest(word: string, known: Iterable<string>): string | undefined {
  if (word === "") return undefined;
  const limit = Math.max(1, Math.floor(word.length / 3));
  const ranked = [...known]
    .map((candidate) => ({ candidate, distance: candidate.startsWith(word) ? 1 : editDistance(word, candidate) }))
    .filter(({ distance }) => distance <= limit)
    .toSorted((a, b) => a.distance - b.distance);
  return ranked[0]?.candidate;
}

/** Appends `, did you mean "x"` where there is an x. */
export function withSuggestion(message: string, word: string, known: Iterable<string>): string {
  const near = suggest(word, known);
  return near === undefined ? message : `${message}, did you mean "${near}"`;
}

/** Levenshtein's distance, two rows at a time, with two letters in the wrong order as one mistake. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of Array.from(a).entries()) {
    const next = [i + 1];
    for (const [j, other] of Array.from(b).entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      const isSwapped = letter === b[j - 1] && a[i - 1] === other;
      const swapped = isSwapped ? (before[j - 1] ?? 0) + 1 : replaced;
      next.push(Math.min(replaced, swapped, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}
