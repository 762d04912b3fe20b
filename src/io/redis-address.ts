/** Parses addresses of Redis, and makes them safe to print. */

import { InvalidInputError } from "../core/text/errors.ts";

/** Where a Redis is. */
export interface RedisPlace {
  readonly kind: "standalone" | "sentinel" | "cluster";
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  /** Name of the master group that Sentinel watches. */
  readonly masterName?: string;
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
  /** Number of the database. */
  readonly db: number;
}

/** An address, alone or with passwords that are not in it. */
export type RedisTarget = string | { readonly url: string; readonly sentinelPassword: string };

/** Passwords that are given separately from an address. */
export interface RedisPasswords {
  readonly redisPassword?: string | undefined;
  /** Password of the Sentinels. @default {the password of Redis} */
  readonly sentinelPassword?: string | undefined;
}

const SCHEMES: Readonly<Record<string, Pick<RedisPlace, "kind" | "tls">>> = {
  redis: { kind: "standalone", tls: false },
  rediss: { kind: "standalone", tls: true },
  "redis+sentinel": { kind: "sentinel", tls: false },
  "rediss+sentinel": { kind: "sentinel", tls: true },
  "redis+cluster": { kind: "cluster", tls: false },
  "rediss+cluster": { kind: "cluster", tls: true },
};
const HOST = /^(?:\[(?<v6>[\da-f:.]+)\]|(?<name>[^[\]:]+))(?::(?<port>\d+))?$/i;
const WANTED =
  '"redis://host:port/db", "redis+sentinel://host:port,host:port/name" or "redis+cluster://host:port,host:port"';
/** The user information ends at the last `@`: a password may contain any character. */
const ADDRESS =
  /^(?<scheme>[a-z+]+):\/\/(?:(?<user>[^:@]*)(?::(?<password>.*))?@)?(?<hosts>[^/@]+)(?:\/(?<path>[^/@]*)(?:\/(?<db>\d+))?)?$/i;

/**
 * Reads the address of a Redis: `redis://`, `rediss://`, `redis+sentinel://host:port,host:port/name`,
 * `redis+cluster://host:port,host:port`. User and password may be percent-encoded; a `%` that encodes nothing is taken
 * literally.
 * @throws {InvalidInputError} If it has another form. The message shows nothing before the last `@`.
 */
export function parseRedisUrl(url: string): RedisPlace {
  const { scheme = "", user, password, hosts = "", path = "", db } = ADDRESS.exec(url)?.groups ?? {};
  const known = SCHEMES[scheme.toLowerCase()];
  const places = hosts.split(",").map((host) => parseHost(host, known?.kind === "sentinel" ? 26_379 : 6379));
  const named = known?.kind !== "sentinel" || path !== "";
  const number = known?.kind === "sentinel" ? (db ?? "0") : path || "0";
  if (!known || !named || !/^\d+$/.test(number) || places.some(({ port }) => !(port > 0 && port < 65_536))) {
    throw new InvalidInputError(`Cannot read Redis address "${printable(url)}", expected ${WANTED}`);
  }
  return {
    ...known,
    hosts: places,
    db: Number(number),
    ...(known.kind === "sentinel" && { masterName: decode(path) }),
    ...(user && { username: decode(user) }),
    ...(password && { password: decode(password) }),
  };
}

/** The address with the separately given password, if there is one. */
export function withRedisPassword(url: string, password: string | undefined): string {
  if (password === undefined) return url;
  return url.replace(/^([a-z+]+:\/\/)(?:([^:@]*)@)?/i, (_, scheme: string, user = "") => {
    return `${scheme}${user}:${encodeURIComponent(password)}@`;
  });
}

/** The address with all separately given passwords. */
export function redisTarget(url: string, { redisPassword, sentinelPassword }: RedisPasswords): RedisTarget {
  const whole = withRedisPassword(url, redisPassword);
  return sentinelPassword === undefined ? whole : { url: whole, sentinelPassword };
}

/** Whether an address names Sentinels, which may ask for a password of their own. */
export function isSentinelUrl(url: string): boolean {
  return /^rediss?\+sentinel:/i.test(url);
}

/** Whether an address contains a password; false if it cannot be parsed. */
export function hasRedisPassword(url: string): boolean {
  try {
    return parseRedisUrl(url).password !== undefined;
  } catch {
    return false;
  }
}

function parseHost(text: string, defaultPort: number): { host: string; port: number } {
  const { v6, name, port } = HOST.exec(text)?.groups ?? {};
  const host = v6 ?? name;
  if (host === undefined) return { host: text, port: Number.NaN };
  return { host, port: port === undefined ? defaultPort : Number(port) };
}

/** Decodes each run of escapes separately, so that an invalid one does not affect the others. */
function decode(text: string): string {
  return text.replaceAll(/(?:%[\da-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes;
    }
  });
}

/** Removes user and password, even without a host after them. */
function printable(url: string): string {
  return url.replace(/^([a-z+]*:\/\/)?.*@/is, "$1").replace(/^([a-z+]*:\/\/)?:[^/]*/i, "$1***");
}
