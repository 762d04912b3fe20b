/** Bounds the time that bodies may take to arrive, at no cost for bodies that arrive at once. */

/** Answers a request. */
export type Answer = (request: Request) => Response | Promise<Response>;

/** Answers a POST that is routed by Bun; calls back as soon as it has read the body, or does not want it. */
export type PostAnswer = (request: Request, bodyRead?: (request: Request) => void) => Promise<Response>;

/** Time-outs of a connection in seconds. */
export interface Timeouts {
  /** For a body to arrive. */
  readonly bodySeconds: number;
  /** For an idle connection. */
  readonly idleSeconds: number;
}

/** Requests whose body is awaited, or that are not answered yet. Those found by a periodic check get the time-out of bodies. */
export class RequestsUnderWay {
  readonly #timeouts: Timeouts;
  readonly #begun = new Map<Request, Bun.Server<undefined>>();
  readonly #bounded = new Set<Request>();

  constructor(timeouts: Timeouts) {
    this.#timeouts = timeouts;
  }

  /** Answers a request. */
  async answer(request: Request, server: Bun.Server<undefined>, answer: Answer): Promise<Response> {
    this.#begun.set(request, server);
    try {
      return await answer(request);
    } finally {
      this.#end(request);
    }
  }

  /** Answers a request as {@linkcode answer} does, without a wait of its own. */
  answerPost(request: Request, server: Bun.Server<undefined>, answer: PostAnswer): Promise<Response> {
    this.#begun.set(request, server);
    return answer(request, this.#end);
  }

  /** The time-out belongs to the connection: a later request must not inherit the one of this body. */
  readonly #end = (request: Request): void => {
    if (this.#bounded.delete(request)) this.#begun.get(request)?.timeout(request, this.#timeouts.idleSeconds);
    this.#begun.delete(request);
  };

  /** Sets the time-out of running requests that have none yet. */
  look(): void {
    for (const [request, server] of this.#begun) {
      if (this.#bounded.has(request)) continue;
      this.#bounded.add(request);
      server.timeout(request, this.#timeouts.bodySeconds);
    }
  }
}
