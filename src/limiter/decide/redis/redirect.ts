/** Where a call goes whose slot a primary of a Cluster does not have any more. */

import type { Cluster } from "ioredis";
import { callScript, loadScript, type Script, type ScriptCall } from "./scripts.ts";

/**
 * Sends a call to the server that a refusal names. ioredis would refuse it while its connection to that one is being
 * opened; here it waits for that.
 * @throws {Error} If that server does not answer, or does not have the slot either.
 */
export async function redirectCall(
  cluster: Cluster,
  refusal: string,
  { script, call }: { readonly script: Script; readonly call: ScriptCall },
): Promise<Float64Array> {
  const [word, , place] = refusal.split(" ");
  const server = cluster.nodes().find(({ options: { host, port } }) => `${host}:${port}` === place);
  if (!server) return await callScript(cluster, script, call);
  if (word !== "ASK") {
    cluster.refreshSlotsCache();
    return await callScript(server, script, call);
  }
  // It holds for the very next command, which must not be one that needs another.
  server.asking().catch(() => undefined);
  return await loadScript(server, script, call);
}
