/** The HTTP server of a node: bodies, connections and the time that a request may take to arrive are bounded. */

import { readdirSync } from "node:fs";
import { systemClock } from "../../../io/clock.ts";
import type { log } from "../../../io/log.ts";
import { MAX_BODY_BYTES } from "../../settings/bounds.ts";
import { type Answer, type PostAnswer, RequestsUnderWay } from "./requests-under-way.ts";

/** What happened to connections; the metrics page shows it. */
export interface ConnectionCounts {
  /** Open at the moment. */
  open: number;
  /** Idle connections closed to make room. */
  idleClosed: number;
  /** How often accepting was paused. */
  pauses: number;
}

/** Where a server listens and what it serves. */
export interface HttpServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly maxConnections: number;
  /** Seconds after which a connection that nobody uses is closed, 255 at most. @default {75} */
  readonly idleSeconds?: number;
  /**
   * Seconds within which a body must have arrived. Bun looks at timeouts every 4 s, and gives headers 12 s.
   * @default {10}
   */
  readonly bodySeconds?: number;
  readonly fetch: Answer;
  /** POST handlers by path: Bun routes these itself, faster than an app does. */
  readonly posts?: Readonly<Record<string, PostAnswer>>;
  /** The answer when one of them throws. */
  readonly failed: (error: Error) => Response;
  readonly counts: ConnectionCounts;
  readonly log: typeof log;
}

/** A server that listens until it is disposed; running requests then have a while to finish. */
export interface HttpServer extends AsyncDisposable {
  readonly url: URL;
  readonly port: number;
}

/** As long as nginx keeps idle connections, and longer than clients and proxies usually do: they close first. */
const IDLE_SECONDS = 75;
const COUNT_EVERY_MS = 200;
const STOP_WITHIN_MS = 5000;
/** Share of the bound below which connections are accepted again. */
const ACCEPT_AGAIN = 0.9;

/**
 * Listens.
 * @throws {Error} If nothing can listen on the port.
 */
export function serveHttp(options: HttpServerOptions): HttpServer {
  return new BoundedServer(options);
}

/** Bun does not report new connections, so the open files of the process are counted; above the bound it stops listening. */
class BoundedServer implements HttpServer {
  readonly url: URL;
  readonly port: number;
  readonly #options: HttpServerOptions;
  /** Open files that are not connections. */
  readonly #otherFiles = countOpenFiles() ?? 0;
  readonly #timer: NodeJS.Timeout;
  readonly #underWay: RequestsUnderWay;
  #listening: Bun.Server<undefined> | undefined;
  readonly #closing = new Set<Bun.Server<undefined>>();

  constructor(options: HttpServerOptions) {
    const { host, port, bodySeconds = 10, idleSeconds = IDLE_SECONDS } = options;
    this.#options = options;
    this.#underWay = new RequestsUnderWay({ bodySeconds, idleSeconds });
    try {
      this.#listening = this.#listen(port);
    } catch (cause) {
      throw new Error(`Cannot listen on ${host}:${port}, expected a free port`, { cause });
    }
    this.url = this.#listening.url;
    this.port = this.#listening.port ?? port;
    this.#timer = setInterval(() => this.#look(), COUNT_EVERY_MS);
    this.#timer.unref();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    const servers = [...this.#closing, ...(this.#listening ? [this.#listening] : [])];
    await Promise.all(servers.map(close));
  }

  #listen(port: number): Bun.Server<undefined> {
    const { host: hostname, posts = {}, failed, idleSeconds = IDLE_SECONDS } = this.#options;
    const underWay = this.#underWay;
    const routes = Object.entries(posts).map(([path, answer]) => [
      path,
      { POST: (request: Request, server: Bun.Server<undefined>) => underWay.answerPost(request, server, answer) },
    ]);
    return Bun.serve({
      hostname,
      port,
      routes: Object.fromEntries(routes),
      fetch: (request, server) => this.#answer(request, server),
      error: failed,
      development: false,
      // Without this, Bun 1.4.5 shares the port with a process that already has it where `development` is false.
      reusePort: false,
      maxRequestBodySize: MAX_BODY_BYTES,
      idleTimeout: idleSeconds,
    });
  }

  #answer(request: Request, server: Bun.Server<undefined>): Response | Promise<Response> {
    const { fetch } = this.#options;
    if (request.method === "GET") return fetch(request);
    if (request.method === "HEAD") return fetch(asGet(request));
    return this.#underWay.answer(request, server, fetch);
  }

  #look(): void {
    this.#underWay.look();
    const { maxConnections, counts } = this.#options;
    const files = countOpenFiles();
    counts.open = files === undefined ? maxConnections + 1 : Math.max(0, files - this.#otherFiles);
    if (!this.#listening && counts.open <= maxConnections * ACCEPT_AGAIN) this.#resume();
    if (!this.#listening || counts.open <= maxConnections) return;
    const closed = this.#listening.closeIdleConnections();
    counts.idleClosed += closed;
    if (counts.open - closed > maxConnections) this.#pause(this.#listening);
  }

  #pause(server: Bun.Server<undefined>): void {
    const { log, maxConnections, counts } = this.#options;
    this.#listening = undefined;
    this.#closing.add(server);
    void server.stop().finally(() => this.#closing.delete(server));
    counts.pauses += 1;
    log.warn("Stopped accepting connections", { open: counts.open, most: maxConnections });
  }

  #resume(): void {
    try {
      this.#listening = this.#listen(this.port);
    } catch {
      return; // another process has taken the port: the next check tries again
    }
    this.#options.log.info("Accepting connections again", { open: this.#options.counts.open });
  }
}

/** Bun leaves out the body of the answer to a `HEAD` and keeps its length; where `Host` is missing, its URL is a path alone. */
function asGet({ url, headers, signal }: Request): Request {
  return new Request(url.startsWith("/") ? `http://localhost${url}` : url, { headers, signal });
}

/** `undefined` when the process cannot open more files; 0 where the system does not list them. */
function countOpenFiles(): number | undefined {
  try {
    return readdirSync("/dev/fd").length;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EMFILE" ? undefined : 0;
  }
}

/** Lets running requests finish, for a limited time. */
async function close(server: Bun.Server<undefined>): Promise<void> {
  const deadline = new AbortController();
  const finished = server.stop().then(() => deadline.abort());
  await Promise.race([finished, systemClock.sleep(STOP_WITHIN_MS, deadline.signal).catch(() => undefined)]);
  if (!deadline.signal.aborted) await server.stop(true);
}
