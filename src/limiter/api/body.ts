/** Request bodies: bounded before they are parsed, and refused with the field at fault. */

import type { Context } from "hono";
import * as v from "valibot";
import { isObject } from "../../core/text/parse.ts";
import { MAX_BODY_BYTES } from "../settings/bounds.ts";
import { Key } from "./fields.ts";
import { type Refusal, refuse } from "./http-error.ts";

const KeyInPath = v.object({ key: Key });

const TOO_LARGE: Refusal = {
  status: 413,
  field: "body",
  message: `Cannot read body: too large, expected at most ${MAX_BODY_BYTES} bytes`,
};
const NOT_UTF8: Refusal = { status: 400, field: "body", message: "Cannot read body, expected UTF-8" };

/** The replacement for bytes that are not UTF-8. */
const REPLACEMENT = "\ufffd";

/** The connection of a request closed before its body was complete: there is nobody to answer. */
export class Disconnected extends Error {
  override readonly name = "Disconnected";
}

/**
 * Text of the body, or why there is none. The server ends bodies that are too large or too slow.
 * @throws {Disconnected} If the connection closed before the body was complete.
 */
export async function readBody(request: Request): Promise<string | Refusal> {
  try {
    return whole(request, await request.text());
  } catch {
    return cutOff(request);
  }
}

/** The body as it was sent, or why it cannot be used. */
export function whole(request: Request, text: string): string | Refusal {
  return text.includes(REPLACEMENT) && isBroken(request, text) ? NOT_UTF8 : text;
}

/**
 * The refusal of a body that has not arrived as a whole.
 * @throws {Disconnected} If the connection has closed.
 */
export function cutOff(request: Request): Refusal {
  if (request.signal.aborted) throw new Disconnected("Cannot read body: the connection closed");
  return TOO_LARGE;
}

/**
 * Whether the text differs from the bytes sent. Bun replaces bytes that are not UTF-8 by U+FFFD; decoding them strictly
 * would take twice the time for every body. Where the length was not declared, U+FFFD is refused in every field by
 * itself.
 */
function isBroken({ headers }: Request, text: string): boolean {
  const length = headers.get("content-length");
  return length !== null && Number(length) !== Buffer.byteLength(text);
}

/** The refusal of a body that is not a JSON object. */
export function notAnObject(request: Request): Refusal {
  const type = request.headers.get("content-type");
  if (type === null || /json|x-www-form-urlencoded/i.test(type)) {
    return { status: 400, field: "body", message: "Cannot read body, expected a JSON object" };
  }
  return {
    status: 415,
    field: "content-type",
    message: `Cannot read body of type "${type}", expected "application/json"`,
  };
}

/**
 * Reads a JSON body in the form of the schema.
 * @throws {HTTPException} A refusal that names the first field at fault.
 */
export async function readJson<Schema extends v.GenericSchema>(
  context: Context,
  schema: Schema,
): Promise<v.InferOutput<Schema>> {
  const request = context.req.raw;
  const text = await readBody(request);
  if (typeof text !== "string") throw refuse(text);
  const value = parseObject(text);
  if (value === undefined) throw refuse(notAnObject(request));
  return readFields(value, schema);
}

/**
 * Reads named values, of a body or a query, in the form of the schema.
 * @throws {HTTPException} A refusal that names the first field at fault.
 */
export function readFields<Schema extends v.GenericSchema>(value: unknown, schema: Schema): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw refuse({ status: 400, field: v.getDotPath(issue) ?? "body", message: issue.message });
}

/**
 * The key in a path.
 * @throws {HTTPException} A refusal, if it cannot be a key.
 */
export function readKey(context: Context): string {
  return readFields({ key: context.req.param("key") }, KeyInPath).key;
}

/** An object from JSON text, or `undefined`. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
