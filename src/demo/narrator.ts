/** Tells the story in lines that stay, over live figures. */

import { plainLine } from "../core/text/plain.ts";
import { type Tone, tinted } from "../core/text/tones.ts";
import { fitted } from "../terminal/fitted.ts";
import type { LiveRegion } from "../terminal/live-region.ts";
import { type DemoState, renderDemo } from "./view.ts";

/** Chapters, lines and the figures below them. */
export class Narrator {
  readonly #region: LiveRegion;
  #state: DemoState = { chapter: "", components: [], verdicts: [], ticks: [] };

  constructor(region: LiveRegion) {
    this.#region = region;
  }

  /** Begins a chapter; a countdown is only live. */
  chapter(title: string): void {
    const isCount = /\d$/.test(title);
    if (!isCount || !this.#region.live) this.#region.print(tinted("strong", title, this.#region.colour));
    this.update((state) => ({ ...state, chapter: title }));
  }

  /** A line that stays; about two lines of a terminal at most. */
  say(tone: Tone, text: string): void {
    const { colour, columns } = this.#region;
    const shown = columns === Number.POSITIVE_INFINITY ? text : fitted(plainLine(text), 2 * columns - 4);
    this.#region.print(`  ${tinted(tone, shown, colour)}`);
  }

  /** Changes the live figures. */
  update(change: (state: DemoState) => DemoState): void {
    this.#state = change(this.#state);
    this.#region.draw(renderDemo(this.#state, this.#region.colour));
  }
}
