/** What a recipe is: it says, given a place on this machine, which processes and links a subject's cluster has. */

import type { Plan } from "./local/plan.ts";

/** The machine as a recipe sees it. */
export interface Site {
  /** A free port of the loopback interface, given out once. */
  readonly takePort: () => number;
  /** The command that starts this executable. */
  readonly operator: readonly string[];
  /**
   * The path of a program.
   * @throws {Error} If it is not there, with how to get it.
   */
  readonly program: (name: string, howToGet: string) => string;
  /** The path of the file that will hold a secret of the instance. */
  readonly secretFile: (name: string) => string;
}

/** How to run one subject on this machine. */
export interface Recipe {
  /** Id of the subject. */
  readonly subject: string;
  /** What the subject is configured with, by the names of its own flags. */
  readonly settings: Readonly<Record<string, string>>;
  /** Makes the secrets of one instance, by the names of their files. @default none */
  readonly secrets?: () => Readonly<Record<string, string>>;
  readonly plan: (site: Site) => Pick<Plan, "processes" | "links">;
}
