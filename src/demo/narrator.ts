/** Tells the story in lines that stay, over a dashboard that is drawn again in place. */

import { plainLine } from "../core/text/plain.ts";
import { type Tone, tinted } from "../core/text/tones.ts";
import { systemClock } from "../io/clock.ts";
import { type Dashboard, renderDashboard } from "../render/live/dashboard.ts";
import { fitted } from "../terminal/fitted.ts";
import type { LiveRegion } from "../terminal/live-region.ts";

/** Chapters, lines and the dashboard below them. */
export class Narrator {
  readonly #region: LiveRegion;
  #dashboard: Dashboard = { title: "", status: "", hint: "any key ends the demo and takes everything down" };

  constructor(region: LiveRegion) {
    this.#region = region;
  }

  /** Begins a chapter; a countdown is only live. */
  chapter(title: string): void {
    const isCount = /\d$/.test(title);
    if (!isCount || !this.#region.live) this.#region.print(tinted("strong", title, this.#region.colour));
    this.update((dashboard) => ({ ...dashboard, title }));
  }

  /** Prints a permanent line, of at most about two terminal lines. */
  say(tone: Tone, text: string): void {
    const { colour, columns } = this.#region;
    const shown = columns === Number.POSITIVE_INFINITY ? text : fitted(plainLine(text), 2 * columns - 4);
    this.#region.print(`  ${tinted(tone, shown, colour)}`);
  }

  /** Changes the dashboard. */
  update(change: (dashboard: Dashboard) => Dashboard): void {
    const { colour, columns } = this.#region;
    this.#dashboard = change(this.#dashboard);
    this.#region.draw([
      "",
      ...renderDashboard(this.#dashboard, { nowMs: systemClock.now(), colour, columns: columns - 1 }),
    ]);
  }
}
