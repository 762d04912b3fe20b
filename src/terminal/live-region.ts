/** The one file that writes frames: lines that stay, and below them a region that is drawn again in place. */

import { fitted } from "./text.ts";

/** Where frames go; `process.stdout` and `process.stderr` fit. */
export interface FrameOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

/** Lines that stay and a region that does not. Disposing leaves the last frame and gives the cursor back. */
export interface LiveRegion extends Disposable {
  /** Whether there is a terminal; without one frames are not drawn and only lines that stay are written. */
  readonly live: boolean;
  /** Width of the terminal; unbounded without one. */
  readonly columns: number;
  /** Writes a line above the region. */
  print(line: string): void;
  /** Replaces the region. */
  draw(lines: readonly string[]): void;
  /** Removes the region. */
  clear(): void;
}

const HIDE_CURSOR = "\u001B[?25l";
const SHOW_CURSOR = "\u001B[?25h";
const CLEAR_BELOW = "\u001B[J";

/** Opens a region at the cursor. */
export function openLiveRegion(output: FrameOutput): LiveRegion {
  const live = output.isTTY === true && process.env["TERM"] !== "dumb";
  // A terminal that does not know its size says 0.
  const columns = (): number => output.columns || 80;
  let height = 0;
  let frame: readonly string[] = [];

  function erase(): string {
    const up = height > 0 ? `\r\u001B[${height}A` : "\r";
    height = 0;
    return up + CLEAR_BELOW;
  }

  function render(lines: readonly string[]): string {
    const shown = lines.slice(0, Math.max(1, (output.rows || 24) - 1));
    height = shown.length;
    return shown.map((line) => `${fitted(line, columns() - 1)}\n`).join("");
  }

  if (live) output.write(HIDE_CURSOR);
  return {
    live,
    get columns() {
      return live ? columns() : Number.POSITIVE_INFINITY;
    },
    print(line) {
      output.write(live ? `${erase()}${line}\n${render(frame)}` : `${line}\n`);
    },
    draw(lines) {
      frame = lines;
      if (live) output.write(erase() + render(frame));
    },
    clear() {
      frame = [];
      if (live) output.write(erase());
    },
    [Symbol.dispose]() {
      if (live) output.write(SHOW_CURSOR);
    },
  };
}
