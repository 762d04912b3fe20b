/** How a store reaches PD: whichever member leads. */

import * as v from "valibot";

/** Milliseconds that one member may take. */
const TIMEOUT_MS = 2000;

/** What a request is read by, and how long it may take. */
export interface SendOptions<Schema extends v.GenericSchema> {
  readonly schema: Schema;
  readonly timeoutMs: number;
}

/** Sends JSON and reads JSON; `undefined` where no answer of that form comes. */
export async function sendJson<Schema extends v.GenericSchema>(
  url: string,
  body: unknown,
  { schema, timeoutMs }: SendOptions<Schema>,
): Promise<v.InferOutput<Schema> | undefined> {
  try {
    const reply = await fetch(url, {
      method: "POST",
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!reply.ok) return undefined;
    const parsed = v.safeParse(schema, await reply.json());
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}

/** The members of PD, the last leader first. */
export class PdLink {
  #addresses: readonly string[];

  constructor(addresses: readonly string[]) {
    this.#addresses = addresses;
  }

  /** Asks one member after the other until one answers as leader. */
  async ask<Schema extends v.GenericSchema>(
    what: string,
    body: unknown,
    schema: Schema,
  ): Promise<v.InferOutput<Schema> | undefined> {
    for (const address of this.#addresses) {
      const reply = await sendJson(`http://${address}/emulator/${what}`, body, { schema, timeoutMs: TIMEOUT_MS });
      if (reply === undefined) continue;
      this.#addresses = [address, ...this.#addresses.filter((other) => other !== address)];
      return reply;
    }
    return undefined;
  }
}
