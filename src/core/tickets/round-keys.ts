/** Keys of a round's judgements. From round to round the same is said in the same order, so keys are made once and kept. */

import type { EntityId } from "../words/ids.ts";
import { entityKey } from "./entity-state.ts";

/** The keys of all judgements of a round, in their order. */
export interface RoundKeys {
  readonly keys: readonly string[];
  /** Whether no key stands twice. */
  readonly distinct: boolean;
  /** What the keys were made of. */
  readonly invariants: readonly string[];
  readonly entities: readonly EntityId[];
}

/** The keys of these judgements, taken from those of an earlier round as far as they are the same. */
export function roundKeys(
  judgements: readonly { readonly invariant: string; readonly entity: EntityId }[],
  before?: RoundKeys,
): RoundKeys {
  let isSame = before?.keys.length === judgements.length;
  const keys = judgements.map(({ invariant, entity }, index) => {
    const key = before?.keys[index];
    if (key !== undefined && before?.entities[index] === entity && before.invariants[index] === invariant) return key;
    isSame = false;
    return entityKey({ invariant, entity });
  });
  if (isSame && before) return before;
  return {
    keys,
    distinct: new Set(keys).size === keys.length,
    invariants: judgements.map(({ invariant }) => invariant),
    entities: judgements.map(({ entity }) => entity),
  };
}
