/** A client of a Redis Cluster whose commands wait while the connection to their primary is being opened. */

import { Cluster, type Command, type Redis } from "ioredis";

/** States in which a connection is being opened. */
const OPENING: ReadonlySet<string> = new Set(["connecting", "connect"]);

/** Events with which an attempt to connect ends. */
const ENDINGS = ["ready", "close", "end"] as const;

/** ioredis refuses commands as if the connection were closed: at its start, and to a primary that has just taken over. */
export class PatientCluster extends Cluster {
  override sendCommand(command: Command, ...rest: [Parameters<Cluster["sendCommand"]>[1]?, unknown?]): unknown {
    const primary = rest.some((given) => given !== undefined) ? undefined : this.#primaryOf(command);
    if (!primary || !OPENING.has(primary.status)) return super.sendCommand(command, ...rest);
    void opened(primary).then(() => void super.sendCommand(command)); // a failure is the command's own
    return command.promise;
  }

  /** `undefined` for a command without a key, or of whose slot no primary is known. */
  #primaryOf(command: Command): Redis | undefined {
    const slot: number | null = command.getSlot();
    const place = slot === null ? undefined : this.slots[slot]?.[0];
    if (place === undefined) return undefined;
    return this.nodes("master").find(({ options: { host, port } }) => `${host}:${port}` === place);
  }
}

/** One wait for all commands to a primary. */
const waits = new WeakMap<Redis, Promise<void>>();

/** Resolves when the connection is ready, or when the attempt has failed. */
function opened(node: Redis): Promise<void> {
  const waiting = waits.get(node);
  if (waiting) return waiting;
  const { promise, resolve } = Promise.withResolvers<void>();
  waits.set(node, promise);
  const done = (): void => {
    for (const event of ENDINGS) node.off(event, done);
    waits.delete(node);
    resolve();
  };
  for (const event of ENDINGS) node.on(event, done);
  return promise;
}
