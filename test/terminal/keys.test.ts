import { expect, spyOn, test } from "bun:test";
import { PassThrough } from "node:stream";
import { listenForKeys } from "../../src/terminal/keys.ts";

/** As much of a terminal as keys need. */
class FakeTerminal extends PassThrough {
  readonly isTTY: boolean;
  raw = false;

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  setRawMode(raw: boolean): this {
    this.raw = raw;
    return this;
  }
}

test("listenForKeys() hands over each key and gives the terminal back", async () => {
  const terminal = new FakeTerminal(true);
  const pressed = Promise.withResolvers<string>();

  {
    using keys = listenForKeys(terminal, pressed.resolve);
    expect([keys.interactive, terminal.raw]).toEqual([true, true]);
    terminal.write("x");
    expect(await pressed.promise).toBe("x");
  }

  expect(terminal.raw).toBe(false);
});

test("listenForKeys() makes Ctrl-C the signal that raw mode swallows", async () => {
  const terminal = new FakeTerminal(true);
  const killed = Promise.withResolvers<unknown>();
  const kill = spyOn(process, "kill").mockImplementation((_pid, signal) => {
    killed.resolve(signal);
    return true;
  });

  using _keys = listenForKeys(terminal, () => undefined);
  terminal.write("\u0003");

  expect(await killed.promise).toBe("SIGINT");
  kill.mockRestore();
});

test("listenForKeys() leaves alone what is no terminal", () => {
  const terminal = new FakeTerminal(false);

  using keys = listenForKeys(terminal, () => undefined);

  expect([keys.interactive, terminal.raw]).toEqual([false, false]);
});
