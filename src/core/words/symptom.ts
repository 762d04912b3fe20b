/** What a violated invariant shows, in words that fit any system: by these a mechanism says what it can bring about. */

/** Generic kinds of symptom. */
export const SYMPTOMS = [
  /** Something does not answer, or cannot be reached. */
  "unreachable",
  /** Something takes too long. */
  "slow",
  /** Requests fail. */
  "errors",
  /** What is answered or kept is not right. */
  "wrong-result",
  /** Requests are more than usual, or unevenly spread. */
  "load",
  /** A setting is not what it should be. */
  "configuration",
  "clock",
  /** Memory, disk or another resource runs out, or is not given back. */
  "resource",
  /** Something is not who it is taken for, or should not be there. */
  "identity",
  /** The observer itself sees nothing. */
  "blind",
] as const;

/** Generic kind of symptom. */
export type Symptom = (typeof SYMPTOMS)[number];
