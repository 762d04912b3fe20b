/** Checks that are asked of all nodes all the time, and every answer. */

import type { Node } from "../limiter-nodes.ts";
import type { Answer } from "./judgement.ts";

/** What is asked. */
export interface TrafficOptions {
  readonly nodes: readonly Node[];
  readonly keys: readonly string[];
  /** Checks per second, of all nodes together. */
  readonly perSecond: number;
}

/** Milliseconds between two turns. */
const TURN_MS = 20;
/** Checks that wait for one node at once; beyond it none is sent. */
const MOST_WAITING = 100;

/** Traffic that goes on until it is disposed of. */
export class Traffic implements AsyncDisposable {
  readonly answers: Answer[] = [];
  /** Checks that got no answer, since a node did not run. */
  unanswered = 0;
  readonly #options: TrafficOptions;
  readonly #waiting = new Map<Node, number>();
  readonly #stop = new AbortController();
  readonly #asking: Promise<void>;
  #turn = 0;

  constructor(options: TrafficOptions) {
    this.#options = options;
    this.#asking = this.#askAll();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#asking;
  }

  async #askAll(): Promise<void> {
    const { nodes, keys, perSecond } = this.#options;
    const perTurn = (perSecond * TURN_MS) / 1000;
    const asked: Promise<void>[] = [];
    const startMs = performance.now();
    for (let sent = 0; !this.#stop.signal.aborted; await Bun.sleep(TURN_MS)) {
      const due = ((performance.now() - startMs) * perTurn) / TURN_MS;
      for (; sent < due; sent++) {
        const turn = this.#turn++;
        const node = nodes[turn % nodes.length];
        // Each node is asked for all keys.
        const key = keys[Math.floor(turn / nodes.length) % keys.length];
        if (node && key !== undefined && (this.#waiting.get(node) ?? 0) < MOST_WAITING)
          asked.push(this.#ask(node, key));
      }
    }
    await Promise.all(asked);
  }

  async #ask(node: Node, key: string): Promise<void> {
    const sentMs = performance.now();
    this.#waiting.set(node, (this.#waiting.get(node) ?? 0) + 1);
    try {
      const { allowed, source } = await node.check(key);
      this.answers.push({ key, sentMs, receivedMs: performance.now(), allowed, byRedis: source === "redis" });
    } catch {
      this.unanswered += 1;
    } finally {
      this.#waiting.set(node, (this.#waiting.get(node) ?? 1) - 1);
    }
  }
}
