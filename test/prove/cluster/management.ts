/** Keys that are blocked through all nodes in turn, all the time: when that works, and whether what was acknowledged holds. */

import * as v from "valibot";
import { until } from "../../until.ts";
import type { Node } from "../limiter-nodes.ts";

/** Milliseconds between two blocks, and within which all nodes must enforce what one has acknowledged. */
const BLOCK_EVERY_MS = 100;
const HELD_WITHIN_MS = 2000;

const Blocks = v.object({ blocked: v.array(v.object({ key: v.string() })), cursor: v.string() });

/** Management that goes on until it is disposed of. */
export class Management implements AsyncDisposable {
  /** Monotonic milliseconds of the last change that a running node refused. */
  lastRefusedMs = Number.NEGATIVE_INFINITY;
  readonly #nodes: readonly Node[];
  /** What its keys begin with. */
  readonly #prefix: string;
  readonly #acknowledged: string[] = [];
  readonly #stop = new AbortController();
  readonly #blocking: Promise<unknown>;

  constructor(nodes: readonly Node[], prefix: string) {
    this.#nodes = nodes;
    this.#prefix = prefix;
    this.#blocking = Promise.all(nodes.map((node, at) => this.#blockThrough(node, at)));
  }

  /** Blocks no more, and counts the blocks that some node acknowledged and some node does not enforce. */
  async lost(): Promise<number> {
    await this[Symbol.asyncDispose]();
    let missing: readonly string[] = this.#acknowledged;
    const isHeld = async (): Promise<boolean> => {
      const enforced = await Promise.all(this.#nodes.map((node) => this.#enforcedBy(node)));
      missing = this.#acknowledged.filter((key) => enforced.some((keys) => !keys.has(key)));
      return missing.length === 0;
    };
    await until(isHeld, HELD_WITHIN_MS).catch(() => undefined); // those that are missing are told
    return missing.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#blocking;
  }

  async #blockThrough({ url }: Node, at: number): Promise<void> {
    for (let sent = 0; !this.#stop.signal.aborted; sent++) {
      const key = `${this.#prefix} ${at} ${sent}`;
      const sentMs = performance.now();
      const isDone = await fetch(`${url}/api/blocks/${encodeURIComponent(key)}`, { method: "PUT" }).then(
        ({ ok }) => ok,
        () => undefined, // it does not run
      );
      if (isDone === true) this.#acknowledged.push(key);
      if (isDone === false) this.lastRefusedMs = sentMs;
      await Bun.sleep(BLOCK_EVERY_MS);
    }
  }

  async #enforcedBy({ url }: Node): Promise<ReadonlySet<string>> {
    const keys = new Set<string>();
    let cursor = "";
    do {
      const query = new URLSearchParams({ prefix: this.#prefix, cursor, limit: "1000" });
      const page = v.parse(Blocks, await (await fetch(`${url}/api/blocks?${query.toString()}`)).json());
      for (const { key } of page.blocked) keys.add(key);
      ({ cursor } = page);
    } while (cursor !== "");
    return keys;
  }
}
