/** The past as a series of looks: what was seen and said whenever either of them changed. */

import type { Picture } from "../core/picture.ts";
import type { Look, Said } from "../core/timeline.ts";
import { trackKey } from "../core/track.ts";
import type { PictureStore } from "./pictures.ts";
import type { Span } from "./span.ts";
import type { VerdictChange, VerdictStore } from "./verdicts.ts";

/** Where looks are put together from. */
export interface LookSources {
  readonly pictures: Pick<PictureStore, "between">;
  readonly verdicts: Pick<VerdictStore, "at" | "between">;
}

/** One look for each moment of the span at which something changed, oldest first; the first is what was so at its beginning. */
export function looksOf({ pictures, verdicts }: LookSources, instance: number, span: Span): readonly Look[] {
  const judgements = new Map<string, Said>();
  for (const change of verdicts.at(instance, span.fromMs)) judgements.set(trackKey(change), judgementOf(change));
  const seen = pictures.between(instance, span);
  const turned = verdicts.between(instance, { fromMs: span.fromMs + 1, toMs: span.toMs });
  const moments = new Set([...seen.slice(0, 1), ...seen, ...turned].map(({ atMs }) => Math.max(atMs, span.fromMs)));
  const looks: Look[] = [];
  let picture: Picture | undefined;
  const [pictureQueue, turnQueue] = [[...seen], [...turned]];
  for (const atMs of [...moments].toSorted((a, b) => a - b)) {
    while ((pictureQueue[0]?.atMs ?? Number.POSITIVE_INFINITY) <= atMs) picture = pictureQueue.shift();
    while ((turnQueue[0]?.atMs ?? Number.POSITIVE_INFINITY) <= atMs) {
      const change = turnQueue.shift();
      if (change) judgements.set(trackKey(change), judgementOf(change));
    }
    if (picture) looks.push({ picture: { ...picture, atMs }, judgements: [...judgements.values()] });
  }
  return looks;
}

function judgementOf({ invariant, entity, on, to, summary, figures }: VerdictChange): Said {
  return { invariant, entity, on, verdict: to, summary, evidence: figures };
}
