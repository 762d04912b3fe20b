/** Where requests go. */

import { InvalidInputError } from "../core/text/errors.ts";

/** One address that takes requests. */
export interface Target {
  readonly host: string;
  readonly port: number;
  /** `host:port`, as in the `Host` field and in reports. */
  readonly authority: string;
}

const HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])$/i;

/**
 * Reads `http://host:port` or `host:port`.
 * @throws {InvalidInputError} If it is anything else, HTTPS included: the requests are written to raw sockets.
 */
export function readTarget(address: string): Target {
  const url = URL.parse(address.includes("://") ? address : `http://${address}`);
  if (
    url?.protocol !== "http:" ||
    !HOST.test(url.hostname) ||
    url.port === "0" ||
    url.pathname !== "/" ||
    url.search ||
    url.username
  ) {
    throw new InvalidInputError(`Cannot send to "${address}", expected "http://host:port"`);
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = Number(url.port || 80);
  return { host, port, authority: `${url.hostname}:${port}` };
}
