/** The situations of a cluster. */

import type { Situation } from "../../../../src/trials/situations/situation.ts";
import { pdForbids, pdLeaderHangs } from "./pd.ts";
import type { TikvPowers } from "./powers.ts";
import { crashAndHang, fourthStore, killedAgain, strangerOnPort } from "./stores.ts";

/** All of them. */
export const TIKV_SITUATIONS: readonly Situation<TikvPowers>[] = [
  crashAndHang,
  killedAgain,
  strangerOnPort,
  fourthStore,
  pdForbids,
  pdLeaderHangs,
];
