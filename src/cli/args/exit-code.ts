/** What the process says to its caller, as DESIGN.md part 4 fixes it. */

/** Exit codes of every command. */
export const EXIT = { done: 0, failed: 1, usage: 2, violated: 3, unknown: 4, interrupted: 130 } as const;

/** One of {@linkcode EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
