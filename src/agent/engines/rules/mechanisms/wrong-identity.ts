/** Wrong identity: another component, or another process, answers in its place. */

import type { ComponentId } from "../../../../core/words/ids.ts";
import { type Brief, type MechanismRule, refutes, stateIs, supports } from "../mechanism.ts";
import { reasonClaims, seenComponent } from "../reading.ts";

/** Something else has its address. */
export const wrongIdentity: MechanismRule = {
  id: "wrong-identity",
  propose: (component, brief) => toldOf(component, brief) ?? foreignAt(component, brief),
};

function toldOf(component: ComponentId, brief: Brief): ReturnType<MechanismRule["propose"]> {
  const claims = reasonClaims(component, "wrong-identity", brief);
  if (!claims) return undefined;
  if (seenComponent(component, brief)?.process?.state !== "exited") {
    return { summary: `Another process answers in place of ${component}`, claims };
  }
  // That its own process has ended is how the other one came by its address, and is left when that one goes.
  return {
    summary: `The process of ${component} has ended, and another process answers in its place`,
    claims: [...claims, supports(stateIs(component, "process.state", "exited"))],
  };
}

function foreignAt(component: ComponentId, brief: Brief): ReturnType<MechanismRule["propose"]> {
  const claims = reasonClaims(component, "foreign-answer", brief);
  if (!claims) return undefined;
  return {
    summary: `What answers at the address of ${component} does not answer as ${component} would`,
    // Whether it is the component itself that answers so, nobody but it can tell.
    claims: [...claims, refutes(stateIs(component, "identity", component))],
  };
}
