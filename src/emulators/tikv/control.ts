/** How a lab sets causes in an emulated process; nothing that watches imports it. */

import * as v from "valibot";
import { requestJson } from "../../io/http/http.ts";
import { PdCauses, StoreCauses } from "./protocol.ts";

/** What is wrong with nothing. */
export { HEALTHY } from "./store/workplace.ts";

/** Sets causes of a store, and answers all that are in force. */
export function setStoreCauses(address: string, causes: StoreCauses, signal: AbortSignal): Promise<StoreCauses> {
  return requestJson(`http://${address}/emulator/causes`, StoreCauses, { method: "POST", body: causes, signal });
}

/** Sets causes of a PD, and answers all that are in force. */
export function setPdCauses(address: string, causes: PdCauses, signal: AbortSignal): Promise<PdCauses> {
  return requestJson(`http://${address}/emulator/causes`, v.pipe(PdCauses), { method: "POST", body: causes, signal });
}
