/** Single key presses, if stdin is a terminal. */

const CTRL_C = "\u0003";

/** A terminal in raw mode, restored when disposed. */
export interface Keys extends Disposable {
  /** Whether keys can be pressed. */
  readonly interactive: boolean;
}

/** Where keys come from; `process.stdin` fits. */
export interface KeyInput {
  readonly isTTY?: boolean;
  setRawMode(raw: boolean): unknown;
  on(event: "data", listener: (data: Buffer) => void): unknown;
  off(event: "data", listener: (data: Buffer) => void): unknown;
  pause(): unknown;
  resume(): unknown;
}

/** Calls back for every key; Ctrl-C becomes the SIGINT that raw mode swallows. */
export function listenForKeys(input: KeyInput, onKey: (key: string) => void): Keys {
  if (!input.isTTY) return { interactive: false, [Symbol.dispose]: () => undefined };
  function onData(data: Buffer): void {
    const key = data.toString();
    if (key === CTRL_C) process.kill(process.pid, "SIGINT");
    else onKey(key);
  }
  input.setRawMode(true);
  input.on("data", onData);
  input.resume();
  return {
    interactive: true,
    [Symbol.dispose]() {
      input.off("data", onData);
      input.pause();
      input.setRawMode(false);
    },
  };
}
