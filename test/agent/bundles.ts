/** Bundles: recorded cases, each with what is true of it and what `rules` said of it when it was recorded. */

import { join } from "node:path";
import { Glob } from "bun";
import * as v from "valibot";
import { Case } from "../../src/agent/case/case.ts";
import { rules } from "../../src/agent/engines/rules/mod.ts";
import { wordsOf } from "../../src/core/diagnosis/claims/mod.ts";
import type { Conclusion } from "../../src/core/diagnosis/diagnosis.ts";
import { parse } from "../../src/core/text/parse.ts";
import { storedDesk } from "./cases.ts";

const Blamed = v.object({ component: v.string(), mechanism: v.string() });

const Said = v.object({
  ...Blamed.entries,
  verdict: v.string(),
  claims: v.array(v.object({ side: v.string(), claim: v.string(), outcome: v.string() })),
});

/** One recorded case. */
export const Bundle = v.object({
  /** Id of the fault that was in force. */
  fault: v.string(),
  seed: v.number(),
  truth: Blamed,
  /** Null where no cause was found. */
  diagnosis: v.nullable(Said),
  case: Case,
});

/** One recorded case. */
export type Bundle = v.InferOutput<typeof Bundle>;

/** What is compared of a diagnosis. */
export type Said = v.InferOutput<typeof Said>;

/** Folder of the limiter's bundles. */
export const BUNDLES = join(import.meta.dir, "..", "bundles");

/** Folder of another subject's bundles. */
export function bundlesOf(subject: string): string {
  return join(BUNDLES, subject);
}

/** All of a folder, by name. */
export async function readBundles(folder = BUNDLES): Promise<readonly Bundle[]> {
  const files = await Array.fromAsync(new Glob("*.json").scan(folder));
  return await Promise.all(
    files.toSorted().map(async (file) => parse(Bundle, await Bun.file(join(folder, file)).json(), `bundle "${file}"`)),
  );
}

/** Writes one, and answers how many bytes it has. */
export function writeBundle(bundle: Bundle, folder = BUNDLES): Promise<number> {
  return Bun.write(join(folder, `${bundle.fault}.json`), `${JSON.stringify(bundle)}\n`);
}

/** What `rules` says of a case now. */
export async function diagnose(given: Case): Promise<Conclusion> {
  return await rules.investigate(given, storedDesk(given), AbortSignal.timeout(10_000));
}

/** What is compared of a conclusion. */
export function saidOf({ cause }: Conclusion): Said | null {
  if (!cause) return null;
  const { component, mechanism, verdict } = cause;
  const claims = cause.claims.map(({ side, predicate, outcome }) => ({ side, claim: wordsOf(predicate), outcome }));
  return { component, mechanism, verdict, claims };
}
