/** The only file that writes frames: permanent lines, and below them a region that is redrawn in place. */

import { shown } from "../core/text/tones.ts";
import { wordWrap } from "../core/text/word-wrap.ts";
import { fitted } from "./fitted.ts";

/** Where frames go; `process.stdout` and `process.stderr` fit. */
export interface FrameOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
  on?(event: "resize", listener: () => void): unknown;
  off?(event: "resize", listener: () => void): unknown;
}

/** Permanent lines and a redrawn region. Disposing leaves the last frame and restores the cursor. */
export interface LiveRegion extends Disposable {
  /** Whether there is a terminal; without one, only permanent lines are written. */
  readonly live: boolean;
  /** Whether colours are wanted. */
  readonly colour: boolean;
  /** Width of the terminal; unbounded without one. */
  readonly columns: number;
  /** Writes a line above the region, wrapped where it is too long. */
  print(line: string): void;
  /** Replaces the region. */
  draw(lines: readonly string[]): void;
  /** Removes the region. */
  clear(): void;
}

const HIDE_CURSOR = "\u001B[?25l";
const SHOW_CURSOR = "\u001B[?25h";
const CLEAR_BELOW = "\u001B[J";

/** Whether frames can be drawn there: a dumb terminal has no cursor to move. */
export function canDraw({ isTTY }: FrameOutput): boolean {
  return isTTY === true && process.env["TERM"] !== "dumb";
}

/** Opens a region at the cursor. */
export function openLiveRegion(output: FrameOutput): LiveRegion {
  const live = canDraw(output);
  // A terminal that does not know its size reports 0.
  const columns = (): number => output.columns || 80;
  let drawn: readonly string[] = [];
  let frame: readonly string[] = [];

  function erase(): string {
    // A terminal that has become narrower has wrapped lines that fitted before.
    const height = drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(Bun.stringWidth(line) / columns())), 0);
    drawn = [];
    return (height > 0 ? `\r\u001B[${height}A` : "\r") + CLEAR_BELOW;
  }

  function render(): string {
    const rows = Math.max(1, (output.rows || 24) - 1);
    drawn = frame.slice(0, rows).map((line) => fitted(shown(line), columns() - 1));
    return drawn.map((line) => `${line}\n`).join("");
  }

  function redraw(): void {
    output.write(erase() + render());
  }

  if (live) {
    output.write(HIDE_CURSOR);
    output.on?.("resize", redraw);
  }
  return {
    live,
    colour: live && !process.env["NO_COLOR"],
    get columns() {
      return live ? columns() : Number.POSITIVE_INFINITY;
    },
    print(line) {
      if (!live) return void output.write(`${shown(line)}\n`);
      output.write(`${erase()}${wordWrap(shown(line), columns()).join("\n")}\n${render()}`);
    },
    draw(lines) {
      frame = lines;
      if (live) redraw();
    },
    clear() {
      frame = [];
      if (live) output.write(erase());
    },
    [Symbol.dispose]() {
      if (!live) return;
      output.off?.("resize", redraw);
      output.write(SHOW_CURSOR);
    },
  };
}
