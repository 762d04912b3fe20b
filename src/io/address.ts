/** Addresses of probes: credentials are removed before anything can print them. */

import { ProbeError } from "../core/text/errors.ts";

/** An http address in two forms: one to send to and one to show. */
export interface Address {
  /** Without user name and password. */
  readonly href: string;
  /** The user name and password as an `Authorization` header. */
  readonly authorization: string | undefined;
  /** Without user name and password, and with the values of secret parameters left out. */
  readonly printable: string;
}

const SECRET_PARAMETER = /token|secret|passw|signature|api_?key|credential/i;

/**
 * Reads an http or https address.
 * @throws {ProbeError} If it is none.
 */
export function readAddress(url: string): Address {
  const parsed = URL.parse(url);
  if (!parsed || !/^https?:$/.test(parsed.protocol)) {
    throw new ProbeError(
      `Cannot probe "${withoutUserInfo(url)}": not an http address, expected "http://host:port/path"`,
    );
  }
  const { username, password } = parsed;
  const authorization = username || password ? basic(username, password) : undefined;
  parsed.username = "";
  parsed.password = "";
  return {
    href: parsed.href,
    authorization,
    // Computed lazily: only failures need it, and a look reads dozens of addresses.
    get printable() {
      return withoutSecrets(parsed);
    },
  };
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${decode(username)}:${decode(password)}`).toString("base64")}`;
}

/** A percent sign that encodes nothing is taken literally. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function withoutSecrets(url: URL): string {
  const shown = new URL(url);
  for (const name of new Set(shown.searchParams.keys())) {
    if (SECRET_PARAMETER.test(name)) shown.searchParams.set(name, "***");
  }
  return shown.href;
}

function withoutUserInfo(text: string): string {
  return text.replace(/[^/]*@/, "");
}
