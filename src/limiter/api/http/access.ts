/** Who may call which route: what a request must show before its handler runs. */

import type { Context } from "hono";
import type { LimiterSettings } from "../../settings/settings.ts";
import { demandToken } from "../bearer.ts";
import { refuse } from "../http-error.ts";
import { hostNamesOf, isOwnHost } from "./hosts.ts";
import { isReadableUrl, UNREADABLE_URL } from "./path.ts";

/** `open` to everybody, `read` for what reveals data, `change` for what changes something. */
export type Access = "open" | "read" | "change";

/** Lets a request pass, or throws the refusal. */
export type AccessCheck = (context: Context) => void;

const JSON_TYPE = /^\s*application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

/** The checks of one node's routes; open ones have none, so that they cost nothing. */
export function accessChecks(settings: LimiterSettings): Readonly<Record<Exclude<Access, "open">, AccessCheck>> {
  const names = hostNamesOf(settings);
  const { token } = settings;
  function read(context: Context): void {
    demandOwnHost(context, names);
    demandReadableUrl(context);
  }
  function change(context: Context): void {
    read(context);
    demandOwnOrigin(context);
    if (token !== undefined) demandToken(context, token);
    demandJson(context);
  }
  return { read, change };
}

/** Clients of HTTP/1.0 send no `Host`; a browser always does. */
function demandOwnHost({ req }: Context, names: ReadonlySet<string>): void {
  const host = req.header("host") ?? "";
  if (host === "" || isOwnHost(host, names)) return;
  const message = `Cannot serve host "${shown(host)}", expected an IP address, localhost or a name in --allowed-hosts`;
  throw refuse({ status: 403, field: "host", message });
}

/** Browsers say which page a request comes from; other clients have no page and send neither field. */
function demandOwnOrigin({ req }: Context): void {
  const origin = req.header("origin");
  if (origin !== undefined && !isOwnOrigin(origin, req.header("host") ?? "")) {
    const message = `Cannot change anything from a web page of "${shown(origin)}", expected the origin of this node`;
    throw refuse({ status: 403, field: "origin", message });
  }
  if (req.header("sec-fetch-site")?.toLowerCase() === "cross-site") {
    const message = "Cannot change anything from a web page of another site, expected the origin of this node";
    throw refuse({ status: 403, field: "sec-fetch-site", message });
  }
}

/** The scheme is not compared: a TLS proxy may be in front of the node. */
function isOwnOrigin(origin: string, host: string): boolean {
  const [, authority] = /^https?:\/\/(.+)$/i.exec(origin) ?? [];
  return authority !== undefined && authority.toLowerCase() === host.toLowerCase();
}

function demandReadableUrl({ req }: Context): void {
  if (!isReadableUrl(req.raw.url)) throw refuse(UNREADABLE_URL);
}

/** A form of a web page can send text and form fields to any address, but no JSON. */
function demandJson({ req }: Context): void {
  const type = req.header("content-type") ?? "";
  if (req.raw.body === null || JSON_TYPE.test(type)) return;
  const message = `Cannot read body of type "${shown(type)}", expected "application/json"`;
  throw refuse({ status: 415, field: "content-type", message });
}

function shown(text: string): string {
  return text.slice(0, 100);
}
