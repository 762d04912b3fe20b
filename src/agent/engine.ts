/** What every engine is: an evidence pack in, a conclusion of one and the same schema out. */

import type { Conclusion } from "../core/diagnosis/diagnosis.ts";
import type { EvidencePack } from "./evidence-pack.ts";

/** Finds the root cause of an incident. */
export interface Engine {
  /** Stable kebab-case name. */
  readonly id: string;
  diagnose(pack: EvidencePack, signal: AbortSignal): Promise<Conclusion>;
}
