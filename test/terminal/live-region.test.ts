import { expect, test } from "bun:test";
import { openLiveRegion } from "../../src/terminal/live-region.ts";

function fakeOutput(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, columns: 20, rows: 5, written, write: (text: string) => written.push(text) };
}

test("openLiveRegion() draws in place and keeps printed lines above", () => {
  const output = fakeOutput(true);

  {
    using region = openLiveRegion(output);
    region.draw(["one", "two"]);
    region.print("stays");
    region.clear();
  }

  expect(output.written).toEqual([
    "\u001B[?25l",
    "\r\u001B[Jone\ntwo\n",
    "\r\u001B[2A\u001B[Jstays\none\ntwo\n",
    "\r\u001B[2A\u001B[J",
    "\u001B[?25h",
  ]);
});

test("openLiveRegion() folds what stays and cuts what does not", () => {
  const output = fakeOutput(true);

  using region = openLiveRegion(output);
  region.print("one two three four five six");
  region.draw(["one two three four five six"]);

  expect(output.written.slice(1)).toEqual([
    "\r\u001B[Jone two three four\n  five six\n",
    "\r\u001B[Jone two three four…\n",
  ]);
});

test("openLiveRegion() draws without colour where none is wanted", () => {
  process.env["NO_COLOR"] = "1";
  try {
    using region = openLiveRegion(fakeOutput(true));
    expect([region.live, region.colour]).toEqual([true, false]);
  } finally {
    delete process.env["NO_COLOR"];
  }
});

test("openLiveRegion() never draws more lines than the terminal has", () => {
  const output = fakeOutput(true);

  using region = openLiveRegion(output);
  expect(region.columns).toBe(20);
  region.draw(["1", "2", "3", "4", "5", "6"]);

  expect(output.written.at(-1)).toBe("\r\u001B[J1\n2\n3\n4\n");
});

test("openLiveRegion() draws again at once when the terminal becomes narrower, over all that it has broken", () => {
  const listeners = new Set<() => void>();
  const output = {
    ...fakeOutput(true),
    on: (_: "resize", listener: () => void) => listeners.add(listener),
    off: (_: "resize", listener: () => void) => listeners.delete(listener),
  };

  {
    using region = openLiveRegion(output);
    region.draw(["a line of 18 signs", "short"]);
    output.columns = 10;
    for (const listener of listeners) listener();
  }

  expect(output.written.at(-2)).toBe("\r\u001B[3A\u001B[Ja line o…\nshort\n");
  expect(listeners.size).toBe(0);
});

test("openLiveRegion() takes a terminal that does not know its size for an ordinary one", () => {
  const output = { ...fakeOutput(true), columns: 0, rows: 0 };

  using region = openLiveRegion(output);
  expect(region.columns).toBe(80);
  region.draw(["1".repeat(79), "2"]);

  expect(output.written.at(-1)).toBe(`\r\u001B[J${"1".repeat(79)}\n2\n`);
});

test("openLiveRegion() writes only the lines that stay where there is no terminal", () => {
  const output = fakeOutput(false);

  {
    using region = openLiveRegion(output);
    region.draw(["frame"]);
    region.print("stays");
    expect(region.columns).toBe(Number.POSITIVE_INFINITY);
  }

  expect(output.written).toEqual(["stays\n"]);
});
