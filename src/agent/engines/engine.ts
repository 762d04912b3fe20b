/** What every engine is: a case and a desk in, a conclusion of one and the same schema out. It sees no action. */

import type { Conclusion } from "../../core/diagnosis/diagnosis.ts";
import type { BudgetLimits } from "../budgets.ts";
import type { Case } from "../case/case.ts";
import type { Desk } from "../desk/desk.ts";

/** Finds the root cause of an incident. */
export interface Engine {
  /** Stable kebab-case name. */
  readonly id: string;
  /** What one investigation by it may spend. @default the limits of every engine */
  readonly limits?: Partial<BudgetLimits>;
  /** @throws {BudgetSpentError} If it needs more than the desk's budget. */
  investigate(given: Case, desk: Desk, signal: AbortSignal): Promise<Conclusion>;
}
