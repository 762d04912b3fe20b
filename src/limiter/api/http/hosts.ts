/** Names by which a node may be addressed: a web page whose name was pointed at this machine (DNS rebinding) uses another name. */

import { isIP } from "node:net";
import { parseHostPort } from "../../../io/system/tcp.ts";
import type { LimiterSettings } from "../../settings/settings.ts";

/** The names, in lower case, that `/api` answers to besides IP addresses. */
export function hostNamesOf(
  settings: Pick<LimiterSettings, "allowedHosts" | "expected" | "host" | "node">,
): Set<string> {
  const { allowedHosts, expected, host, node } = settings;
  const own = expected.find(({ id }) => id === node)?.address;
  const ownNames = own === undefined ? [] : [parseHostPort(own).host];
  return new Set(["localhost", host, ...ownNames, ...allowedHosts].map((name) => name.toLowerCase()));
}

/** Whether a `Host` header names an IP address or one of the names, with any port or none. */
export function isOwnHost(header: string, names: ReadonlySet<string>): boolean {
  const { v6, name = "" } = /^(?:\[(?<v6>[^\]]*)\]|(?<name>[^:]*))(?::\d*)?$/.exec(header)?.groups ?? {};
  return v6 === undefined ? isIP(name) === 4 || names.has(name.toLowerCase()) : isIP(v6) === 6;
}
