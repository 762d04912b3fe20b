/**
 * A witness on the wire between the operator and the supervisor of a deployment: it takes the place of the control socket,
 * notes every operation that it is sent, waits as a busy supervisor would, and hands it on. What it has taken is carried
 * out even if the process that sent it is killed meanwhile, as by any other server.
 */

import { chmodSync, renameSync } from "node:fs";
import { join } from "node:path";

/** One operation that was sent. */
export interface Call {
  readonly verb: string;
  /** The component or the link. */
  readonly on: string;
}

/** A witness of one deployment. */
export interface Witness {
  /** Milliseconds that an operation waits from now on. */
  delayMs: number;
  /** Told of each operation when it arrives. */
  onCall: (call: Call) => void;
  /** Sends an operation past the witness. */
  tell(call: { readonly verb: string; readonly component: string }): Promise<void>;
  /** Resolves once nothing that it has taken is on its way any more. */
  idle(): Promise<void>;
  /** Lets go of everybody who asks, as a supervisor that was killed. */
  stop(): Promise<void>;
}

/** Takes the place of a supervisor's socket; it is moved to a folder of the caller's. */
export function takePlace(socket: string, folder: string): Witness {
  const real = join(folder, "supervisor.sock");
  const made = join(folder, "witness.sock");
  const underWay = new Set<Promise<Response>>();
  renameSync(socket, real);
  const server = Bun.serve({
    unix: made,
    async fetch(request) {
      const { pathname } = new URL(request.url, "http://supervisor");
      const body = request.method === "POST" ? await request.text() : undefined;
      const passing = pass(pathname, body);
      underWay.add(passing);
      return await passing.finally(() => underWay.delete(passing));
    },
  });
  chmodSync(made, 0o600);
  renameSync(made, socket);

  async function pass(path: string, body: string | undefined): Promise<Response> {
    if (body !== undefined) {
      const { verb, component, link } = JSON.parse(body);
      witness.onCall({ verb, on: component ?? link });
      await Bun.sleep(witness.delayMs);
    }
    return await send(path, body);
  }

  async function send(path: string, body: string | undefined): Promise<Response> {
    const init = body === undefined ? {} : { method: "POST", body };
    const answer = await fetch(`http://supervisor${path}`, { unix: real, keepalive: false, ...init });
    return new Response(await answer.text(), { status: answer.status });
  }

  const witness: Witness = {
    delayMs: 0,
    onCall: () => undefined,
    tell: async (call) => void (await send("/components", JSON.stringify(call))),
    idle: async () => void (await Promise.allSettled(underWay)),
    stop: () => server.stop(true),
  };
  return witness;
}
