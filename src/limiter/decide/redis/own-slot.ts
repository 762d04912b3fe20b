/** A name in a slot that one primary has: a primary must be probed with a key of its own. */

import { slotOf } from "../../../io/cluster-slot.ts";
import { probeName } from "./counter-names.ts";

/** Maximum of names tried: even for a single slot, nine tenths of the searches succeed. */
const TRIED_AT_MOST = 40_000;

/** Finds names, and keeps the last one as long as its slot stays. */
export class OwnSlot {
  readonly #prefix: string;
  readonly #isOwn: (slot: number) => boolean;
  #tried = 0;
  #name: string | undefined;

  constructor(prefix: string, isOwn: (slot: number) => boolean) {
    this.#prefix = prefix;
    this.#isOwn = isOwn;
  }

  /**
   * A name in a slot of the primary, as far as the Cluster is known; a different one if the last was refused. If none
   * is found, the last one tried.
   */
  name(isRefused = false): string {
    if (this.#name !== undefined && !isRefused && this.#isOwn(slotOf(this.#name))) return this.#name;
    let name = "";
    for (let tries = 0; tries < TRIED_AT_MOST; tries++) {
      name = probeName(this.#prefix, `probe ${this.#tried++}`);
      if (this.#isOwn(slotOf(name))) break;
    }
    this.#name = name;
    return name;
  }
}
