/** Times are for the proofs: a machine with other work to do takes longer. */

const LATE = ", due within ";

/** Whether a text tells of something that came, but late. */
export function isAnyLate(text: string): boolean {
  return text.includes(LATE);
}

/** Problems without those of what came, but late. */
export function exceptLate(problems: readonly string[]): readonly string[] {
  return problems.filter((problem) => !isAnyLate(problem));
}

/** Trials as `operator doctor --inject --json` prints them, a line each, without what came late. */
export function trialsIn(stdout: string): readonly unknown[] {
  return stdout
    .trim()
    .split("\n")
    .map((line) => {
      const trial = Object(JSON.parse(line));
      return { ...trial, problems: exceptLate(trial.problems) };
    });
}
