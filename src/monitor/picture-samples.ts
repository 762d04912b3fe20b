/** The numbers of a picture as samples: its series, the delay of its links and the offsets of its clocks. */

import type { Picture } from "../core/system/picture.ts";
import type { ComponentId } from "../core/words/ids.ts";
import type { Sample, SeriesKind } from "../database/mod.ts";

/** Turns pictures into samples; label sets are made once and shared, which makes the next append cheap. */
export type PictureSampler = (picture: Picture) => readonly Sample[];

const LATENCY: SeriesKind = { name: "link_latency_seconds", unit: "seconds", kind: "gauge", signal: "network" };
const OFFSET: SeriesKind = { name: "clock_offset_seconds", unit: "seconds", kind: "gauge", signal: "node" };

/** Label sets remembered before the memory is given back. */
const REMEMBERED = 100_000;

/** A sampler with an empty memory. */
export function pictureSampler(): PictureSampler {
  const known = new Map<string, Readonly<Record<string, string>>>();
  const labelsOf = (component: ComponentId, to?: ComponentId): Readonly<Record<string, string>> => {
    const key = to === undefined ? component : `${component} ${to}`;
    const labels = known.get(key) ?? { component, ...(to !== undefined && { to }) };
    if (known.size > REMEMBERED) known.clear();
    known.set(key, labels);
    return labels;
  };
  return ({ series, links, components }) => [
    ...series.map(({ name, component, value }) => ({ metric: name, labels: labelsOf(component), value })),
    ...links.flatMap(({ from, to, latencyMs }) =>
      latencyMs === undefined ? [] : [{ metric: LATENCY.name, labels: labelsOf(from, to), value: latencyMs / 1000 }],
    ),
    ...components.flatMap(({ id, clockOffsetMs }) =>
      clockOffsetMs === undefined ? [] : [{ metric: OFFSET.name, labels: labelsOf(id), value: clockOffsetMs / 1000 }],
    ),
  ];
}

/** Unit, kind and signal of every series by its name, the two of the picture's own included. */
export function kindsOf({ series }: Picture): ReadonlyMap<string, SeriesKind> {
  const kinds = new Map([LATENCY, OFFSET].map((kind) => [kind.name, kind]));
  for (const { name, unit, kind, signal } of series) {
    if (!kinds.has(name)) kinds.set(name, { name, unit, kind, signal });
  }
  return kinds;
}
