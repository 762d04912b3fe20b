/** Ports of this machine, and TCP exchanges with an address. */

/** Below the ephemeral ports of outgoing connections, so that a port stays free while its owner is down. */
const LOWEST_PORT = 20_000;
const PORTS = 12_000;

/** Processes that search at the same time start far apart, so that none takes a port that another is about to use. */
let next = (process.pid * 61) % PORTS;

/** A host and a port. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** Reads `host:port`, and `[v6]:port`, too. */
export function parseHostPort(text: string): HostPort {
  const colon = text.lastIndexOf(":");
  return { host: text.slice(0, colon).replace(/^\[(.*)\]$/, "$1"), port: Number(text.slice(colon + 1)) };
}

/** Writes a host and a port in the form that {@linkcode parseHostPort} reads. */
export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * Finds a port of the loopback interface that is free, and that this process has not given out before.
 * @throws {Error} If there is none.
 */
export function takeFreePort(): number {
  for (let attempt = 0; attempt < PORTS; attempt++) {
    const port = LOWEST_PORT + next;
    next = (next + 1) % PORTS;
    if (canListen(port)) return port;
  }
  throw new Error(
    `Cannot find a free port: all from ${LOWEST_PORT} on are in use, expected one of ${PORTS} to be free`,
  );
}

/** Whether something accepts connections at the address. */
export async function acceptsTcp(address: string, signal: AbortSignal): Promise<boolean> {
  return (await exchange(address, { signal })) !== undefined;
}

/** Data to send to an address, and the time limit. */
export interface ExchangeOptions {
  /** Sent after connecting; without it nothing is sent or awaited. */
  readonly send?: string;
  /** Whether the answer so far is complete. @default any answer is complete */
  readonly isWhole?: (text: string) => boolean;
  readonly signal: AbortSignal;
}

/** Connects, sends, and returns the answer; `undefined` without a connection or a complete answer. */
export async function exchange(address: string, options: ExchangeOptions): Promise<string | undefined> {
  const { send, isWhole = () => true, signal } = options;
  let received = "";
  const { host, port } = parseHostPort(address);
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const giveUp = (): void => resolve(undefined);
  signal.addEventListener("abort", giveUp);
  const connecting = Bun.connect({
    hostname: host,
    port,
    socket: {
      open: (socket) => void (send === undefined ? resolve("") : socket.write(send)),
      data(_socket, data) {
        received += data.toString();
        if (isWhole(received)) resolve(received);
      },
      close: giveUp,
      error: giveUp,
    },
  });
  connecting.catch(giveUp);
  try {
    return signal.aborted ? undefined : await promise;
  } finally {
    signal.removeEventListener("abort", giveUp);
    connecting.then((socket) => socket.terminate()).catch(giveUp);
  }
}

/** The answer on the wire to what was sent. */
export interface WireTranscript {
  /** Milliseconds until connected; absent if that failed. */
  readonly connectedMs?: number;
  /** Milliseconds until the first byte; absent if none came. */
  readonly firstByteMs?: number;
  /** Milliseconds until the end of the answer, or of the wait for it. */
  readonly endedMs: number;
  /** Whether the other end closed the connection. */
  readonly closed: boolean;
  readonly bytes: number;
  /** Beginning of the answer as text; not sanitized. */
  readonly beginning: string;
}

/** Bytes of an answer that a transcript keeps. */
const TRANSCRIPT_BYTES = 512;

/** Milliseconds without another byte after which an answer has ended. */
const QUIET_MS = 100;

/** Connects, sends, and returns a transcript of the answer until the other end is quiet, closes, or the signal aborts. */
export async function transcribe(
  address: string,
  { send, signal }: { readonly send: string; readonly signal: AbortSignal },
): Promise<WireTranscript> {
  const begun = performance.now();
  const since = (): number => Math.round((performance.now() - begun) * 10) / 10;
  const seen: { connectedMs?: number; firstByteMs?: number } = {};
  const chunks: Buffer[] = [];
  let closed = false;
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  let quiet: ReturnType<typeof setTimeout> | undefined;
  const { host, port } = parseHostPort(address);
  const connecting = Bun.connect({
    hostname: host,
    port,
    socket: {
      open(socket) {
        seen.connectedMs = since();
        socket.write(send);
      },
      data(_socket, data) {
        seen.firstByteMs ??= since();
        chunks.push(data);
        clearTimeout(quiet);
        quiet = setTimeout(end, QUIET_MS);
      },
      close() {
        closed = true;
        end();
      },
      error: () => end(),
    },
  });
  connecting.catch(() => end());
  signal.addEventListener("abort", () => end(), { once: true });
  if (!signal.aborted) await ended;
  clearTimeout(quiet);
  const endedMs = since();
  connecting.then((socket) => socket.terminate()).catch(() => undefined);
  const all = Buffer.concat(chunks);
  return {
    ...seen,
    endedMs,
    closed,
    bytes: all.length,
    beginning: all.subarray(0, TRANSCRIPT_BYTES).toString("latin1"),
  };
}

function canListen(port: number): boolean {
  try {
    Bun.listen({ hostname: "127.0.0.1", port, socket: { data: () => undefined } }).stop(true);
    return true;
  } catch {
    return false;
  }
}
