/** The only place that decides that an answer is late: by the time in which this process ran, and after reading the socket. */

/** Milliseconds of one slice of the wait; a slice that takes longer, because the process was stopped or starved, counts as one slice. */
const SLICE_MS = 20;

/**
 * Calls back after that many milliseconds in which this process ran, unless it is cancelled before. Data in the sockets
 * is read first, so an answer that has arrived is never called late.
 * @returns what cancels it.
 */
export function lateAfter(ms: number, call: () => void): () => void {
  let leftMs = ms;
  let isCancelled = false;
  let timer = setTimeout(count, Math.min(leftMs, SLICE_MS)).unref();

  function count(): void {
    leftMs -= SLICE_MS;
    if (leftMs > 0) timer = setTimeout(count, Math.min(leftMs, SLICE_MS)).unref();
    else afterPoll(() => !isCancelled && call());
  }

  return () => {
    isCancelled = true;
    clearTimeout(timer);
  };
}

/** No answer came in time. */
export class NoAnswerError extends Error {
  override readonly name: string = "NoAnswerError";
  /** The answer, which may still come. */
  readonly answer: Promise<unknown>;

  constructor(message: string, answer: Promise<unknown>) {
    super(message);
    this.answer = answer;
  }
}

/**
 * The answer, if it comes within that many milliseconds in which this process ran.
 * @throws {NoAnswerError} If it does not.
 * @throws {Error} If it is a failure.
 */
export function inTime<T>(answer: Promise<T>, ms: number): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const cancel = lateAfter(ms, () => reject(new NoAnswerError(`No answer within ${ms} ms`, answer)));
  answer.then(resolve, reject).finally(cancel);
  return promise;
}

/** The event loop runs callbacks that are already set before it polls, so only the second of two in a row certainly comes after a poll. */
function afterPoll(call: () => void): void {
  setImmediate(() => setImmediate(call));
}
