/** Single key presses, where a person sits at the terminal. */

const CTRL_C = "\u0003";

/** A terminal in raw mode, given back when disposed. */
export interface Keys extends Disposable {
  /** Whether there is anybody to press a key. */
  readonly interactive: boolean;
}

/** Calls back for every key; Ctrl-C becomes the SIGINT that raw mode swallows. */
export function listenForKeys(input: NodeJS.ReadStream, onKey: (key: string) => void): Keys {
  if (!input.isTTY) return { interactive: false, [Symbol.dispose]: () => undefined };
  function onData(data: Buffer): void {
    const key = data.toString();
    if (key === CTRL_C) process.kill(process.pid, "SIGINT");
    else onKey(key);
  }
  input.setRawMode(true);
  input.on("data", onData).resume();
  return {
    interactive: true,
    [Symbol.dispose]() {
      input.off("data", onData).pause();
      input.setRawMode(false);
    },
  };
}
