/** What a reply to a change says where the other nodes are not told of it at once. */

import type { SharedSettings } from "../settings/shared-settings.ts";

/** That pushing is off and why; nothing while it works. */
export function pushJson({ pushTrouble }: SharedSettings): { readonly push?: "off"; readonly push_reason?: string } {
  return pushTrouble ? { push: "off", push_reason: pushTrouble } : {};
}
