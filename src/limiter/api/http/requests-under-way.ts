/** Bounds the time that bodies may take to arrive, at no cost for those that are there at once. */

/** Answers a request. */
export type Answer = (request: Request) => Response | Promise<Response>;

/** Seconds of the time-outs that a connection has in turn. */
export interface Timeouts {
  /** Within which a body must have arrived. */
  readonly bodySeconds: number;
  /** For which nobody may use it. */
  readonly idleSeconds: number;
}

/** Requests that are not answered yet. Those that are met at a look have the time-out of bodies. */
export class RequestsUnderWay {
  readonly #timeouts: Timeouts;
  readonly #begun = new Map<Request, Bun.Server<undefined>>();
  readonly #bounded = new Set<Request>();

  constructor(timeouts: Timeouts) {
    this.#timeouts = timeouts;
  }

  /** Answers a request. The time-out is the connection's: a later request on it must not inherit that of this body. */
  async answer(request: Request, server: Bun.Server<undefined>, answer: Answer): Promise<Response> {
    this.#begun.set(request, server);
    try {
      return await answer(request);
    } finally {
      this.#begun.delete(request);
      if (this.#bounded.delete(request)) server.timeout(request, this.#timeouts.idleSeconds);
    }
  }

  /** Gives their time-out to requests that are under way and have none. */
  look(): void {
    for (const [request, server] of this.#begun) {
      if (this.#bounded.has(request)) continue;
      this.#bounded.add(request);
      server.timeout(request, this.#timeouts.bodySeconds);
    }
  }
}
