/** The situations of each subject, as proofs. */

import type { Proof, ProofOptions } from "../mod.ts";
import { openSituationLab, type SituationLab } from "./lab.ts";
import { LIMITER_SITUATIONS } from "./limiter/mod.ts";
import type { LimiterPowers } from "./limiter/powers.ts";
import { LIMITER_SETTING } from "./limiter/setting.ts";
import { proveSituations } from "./mod.ts";
import { TIKV_SITUATIONS } from "./tikv/mod.ts";
import type { TikvPowers } from "./tikv/powers.ts";
import { TIKV_SETTING } from "./tikv/setting.ts";

/** Situations of a limiter. Nothing where those of another subject are meant. */
export async function proveLimiterSituations(options: ProofOptions): Promise<Proof | undefined> {
  const only = meant("ratelimiter", TIKV_SITUATIONS, options);
  if (!only) return undefined;
  const open = (seed: number, signal: AbortSignal): Promise<SituationLab<LimiterPowers>> =>
    openSituationLab(LIMITER_SETTING, seed, signal);
  return await proveSituations({ situations: LIMITER_SITUATIONS, open, record: "situations" }, { ...options, only });
}

/** Situations of a TiKV cluster. Nothing where those of another subject are meant. */
export async function proveTikvSituations(options: ProofOptions): Promise<Proof | undefined> {
  const only = meant("tikv", LIMITER_SITUATIONS, options);
  if (!only) return undefined;
  const open = (seed: number, signal: AbortSignal): Promise<SituationLab<TikvPowers>> =>
    openSituationLab(TIKV_SETTING, seed, signal);
  return await proveSituations({ situations: TIKV_SITUATIONS, open, record: "situations-tikv" }, { ...options, only });
}

/** Names that are not the other subject's; without `--subject`, names of the other one alone leave nothing to do. */
function meant(
  id: string,
  others: readonly { readonly id: string }[],
  { subject, only }: ProofOptions,
): readonly string[] | undefined {
  if (subject !== undefined) return subject === id ? only : undefined;
  const names = only.filter((name) => !others.some((other) => other.id === name));
  return only.length > 0 && names.length === 0 ? undefined : names;
}
