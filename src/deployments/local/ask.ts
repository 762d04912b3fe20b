/** Asks the supervisor of a local deployment, over its control socket. */

import * as v from "valibot";
import { ActionError, InvalidInputError } from "../../core/text/errors.ts";
import type { Folder } from "./folder/folder.ts";
import { describeTrouble, stateOf } from "./folder/state.ts";
import type { ComponentCall, LinkCall } from "./supervisor/control.ts";

/** Milliseconds that the supervisor may take for one operation. */
const CALL_TIMEOUT_MS = 30_000;

const Refusal = v.object({ name: v.string(), error: v.string() });

/** A request to a supervisor. */
export interface Asking {
  readonly path: "/components" | "/links";
  /** Absent for a read-only request. */
  readonly call?: ComponentCall | LinkCall;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The answer of the supervisor.
 * @throws {ActionError} If it cannot be reached, or the operation had no effect.
 * @throws {InvalidInputError} If it does not know the component or link.
 */
export async function askSupervisor(folder: Folder, asking: Asking): Promise<unknown> {
  const response = await send(folder, asking);
  const answer: unknown = await response.json();
  if (response.ok) return answer;
  const { name, error } = v.parse(Refusal, answer);
  throw name === "InvalidInputError" ? new InvalidInputError(error) : new ActionError(error);
}

async function send(folder: Folder, { path, call, signal }: Asking): Promise<Response> {
  const timeout = AbortSignal.timeout(CALL_TIMEOUT_MS);
  try {
    return await fetch(`http://supervisor${path}`, {
      unix: folder.socket,
      keepalive: false, // a kept connection may lead to an earlier supervisor of that name
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      ...(call !== undefined && { method: "POST", body: JSON.stringify(call) }),
    });
  } catch (cause) {
    signal?.throwIfAborted();
    const now = stateOf(folder);
    if (now.state === "down") {
      throw new ActionError(`Cannot reach deployment "${folder.name}": it is not running any more`);
    }
    if (now.state !== "running") {
      throw new ActionError(`Cannot reach deployment "${folder.name}": ${describeTrouble(folder, now)}`);
    }
    throw new ActionError(`Cannot reach the supervisor of deployment "${folder.name}"`, { cause });
  }
}
