/** A reply as it leaves PD, in the content types that its routes have. */

import { compactJson, indentedJson } from "../go-json.ts";
import { EMULATED_HEADER } from "../protocol.ts";

/** A reply before it is sent. */
export interface Reply {
  readonly status: number;
  readonly body: string;
  /** Absent where there is no body. */
  readonly contentType?: string;
}

const JSON_TYPE = "application/json; charset=UTF-8";
const TEXT_TYPE = "text/plain; charset=utf-8";

/** JSON, indented; a text is written in quotes. */
export function json(value: unknown, status = 200): Reply {
  return { status, body: indentedJson(value), contentType: JSON_TYPE };
}

/** Compact JSON of the region routes, under the content type that they have. */
export function octets(value: unknown, status = 200): Reply {
  return { status, body: compactJson(value), contentType: "application/octet-stream" };
}

/** Plain text. */
export function text(body: string, status: number): Reply {
  return { status, body, contentType: TEXT_TYPE };
}

/** No body at all. */
export function empty(status = 200): Reply {
  return { status, body: "" };
}

/** What a typed body is answered with that is none. */
export function badInput(msg: string, offset?: number): Reply {
  return json({ code: "input", msg, data: offset === undefined ? {} : { Offset: offset } }, 400);
}

/** What an unknown path is answered with. */
export const NOT_FOUND = text("404 page not found\n", 404);

/** What a proxy in front of PD says instead of it. */
export const FORBIDDEN: Reply = {
  status: 403,
  body: "<html><head><title>403 Forbidden</title></head><body><h1>403 Forbidden</h1></body></html>\n",
  contentType: "text/html",
};

/** Headers that every reply of PD's own routes has (recorded). */
const HEADERS = {
  "Access-Control-Allow-Headers": "accept, content-type, authorization",
  "Access-Control-Allow-Methods": "POST, GET, OPTIONS, PUT, DELETE",
  "Access-Control-Allow-Origin": "*",
} as const;

/** A reply on the wire, dated by the clock of the member that gives it. */
export function responseOf({ status, body, contentType }: Reply, atMs: number): Response {
  const date = new Date(atMs).toUTCString();
  const type = contentType !== undefined && { "content-type": contentType };
  const headers = { ...HEADERS, ...EMULATED_HEADER, ...type, date };
  return new Response(body === "" ? null : body, { status, headers });
}
