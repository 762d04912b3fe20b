/** The part of a reply that says whether other nodes were notified of a change at once. */

import type { SharedSettings } from "../settings/shared-settings.ts";

/** Says that pushing is off and why; empty while it works. */
export function pushJson({ pushTrouble }: SharedSettings): { readonly push?: "off"; readonly push_reason?: string } {
  return pushTrouble ? { push: "off", push_reason: pushTrouble } : {};
}
