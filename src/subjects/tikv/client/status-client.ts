/** A store's status port (TiKV v8.5.7, `src/server/status_server/mod.rs`). */

import * as v from "valibot";
import { ProbeError } from "../../../core/text/errors.ts";
import { excerptOf } from "../../../core/text/excerpt.ts";
import { requestJson, requestText } from "../../../io/http/http.ts";
import { type AnswerTime, answerTimeOf } from "./answer-time.ts";

/** `GET /config`: who the store says it is, and where. */
const StoreConfig = v.pipe(
  v.object({
    server: v.object({
      addr: v.optional(v.string(), ""),
      "advertise-addr": v.optional(v.string(), ""),
      "status-addr": v.optional(v.string(), ""),
      "advertise-status-addr": v.optional(v.string(), ""),
    }),
  }),
  v.transform(({ server }) => ({ address: server["advertise-addr"] || server.addr })),
);

/** Bytes of `/config`, which has all settings of TiKV. */
const MAX_CONFIG_BYTES = 1_000_000;

/** Characters of an answer that is none of a store's. */
const BEGINNING_LENGTH = 80;

/** Where a store is asked, and how long it may take. */
export interface StatusRequest {
  /** `host:port` of the status port. */
  readonly address: string;
  /** Milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** That a store answered, and by which clock. */
export interface StoreAnswer extends AnswerTime {
  readonly answered: true;
}

/**
 * Whether the process answers: TiKV says `200` and nothing else, and that it can reach PD or elect is not said.
 * @throws {ProbeError} If it does not answer, or something else answers there.
 */
export async function readStatus({ address, timeoutMs, signal }: StatusRequest): Promise<StoreAnswer> {
  const reply = await requestText(`http://${address}/status`, { signal, timeoutMs, maxBytes: 4096 });
  const { text, transcript } = reply;
  if (text === "") {
    return { answered: true, ...answerTimeOf(reply) };
  }
  const begins = excerptOf(text, BEGINNING_LENGTH);
  throw new ProbeError(
    `Cannot read GET "http://${address}/status": expected no body, the answer begins with: ${begins}`,
    {
      outcome: "foreign-answer",
      transcript,
    },
  );
}

/** The data address by which the store has registered with PD. */
export async function readOwnAddress({ address, timeoutMs, signal }: StatusRequest): Promise<string> {
  const request = { signal, timeoutMs, maxBytes: MAX_CONFIG_BYTES };
  const config = await requestJson(`http://${address}/config`, StoreConfig, request);
  return config.address;
}

/** Settings that the store runs with. */
export function readConfig({ address, timeoutMs, signal }: StatusRequest): Promise<unknown> {
  return requestJson(`http://${address}/config`, v.unknown(), { signal, timeoutMs, maxBytes: MAX_CONFIG_BYTES });
}
