/** Reads the cheap inspections: of what a ticket speaks of when it opens, and now and then when all is well, to compare with. */

import { type BoundInspection, differenceOf, type Inspected, inspect } from "../core/subject/inspection.ts";
import type { Session } from "../core/subject/subject.ts";
import type { Picture } from "../core/system/picture.ts";
import { messageOf } from "../core/text/errors.ts";
import type { ComponentId } from "../core/words/ids.ts";
import { log } from "../io/log.ts";
import type { CheckupOptions } from "./options.ts";

/** Components of which cheap inspections are read at once, at most. */
const MOST_COMPONENTS = 20;

/** Milliseconds between two readings of what is well. */
const HEALTHY_EVERY_MS = 60_000;

/** The cheap inspections of these components and of what is linked to them, each beside what it showed when all was well. */
export async function inspectAround(
  components: readonly ComponentId[],
  picture: Picture | undefined,
  { session, options, signal }: Inspecting,
): Promise<readonly Inspected[]> {
  const linked = (picture?.links ?? []).filter(({ from, to }) => components.includes(from) || components.includes(to));
  const around = [...new Set([...components, ...linked.flatMap(({ from, to }) => [from, to])])];
  const { database, instance } = options;
  const all = cheapOf(session, options, around.slice(0, MOST_COMPONENTS));
  const now = await readAll(all, options, signal);
  return now.map((shown) => {
    const compared = all.find(({ inspection }) => inspection.id === shown.id)?.inspection.compared;
    const earlier = compared && database.inspections.healthy(instance.id, shown);
    const difference = compared && earlier && differenceOf(earlier, shown, compared);
    return difference ? { ...shown, difference } : shown;
  });
}

/** Whose inspections are read, and until when. */
export interface Inspecting {
  readonly session: Session;
  readonly options: CheckupOptions;
  readonly signal: AbortSignal;
}

/** Keeps what inspections show while all is well; takes some components at each turn, so that many cost no more at once. */
export function healthyInspector(
  session: Session,
  options: CheckupOptions,
): (isWell: () => boolean, picture: Picture) => void {
  let lastMs = Number.NEGATIVE_INFINITY;
  let from = 0;
  let running = false;
  return (isWell, picture) => {
    const nowMs = options.clock.monotonic();
    if (running || nowMs - lastMs < HEALTHY_EVERY_MS || !isWell()) return;
    [running, lastMs] = [true, nowMs];
    const ids = picture.components.map(({ id }) => id);
    const turn = ids.slice(from, from + MOST_COMPONENTS);
    from = from + MOST_COMPONENTS >= ids.length ? 0 : from + MOST_COMPONENTS;
    const wanted = cheapOf(session, options, turn).filter(({ inspection }) => inspection.compared !== undefined);
    readAll(wanted, options, options.signal)
      .then((readings) => {
        // What was cut short shows nothing of what is well.
        if (!options.signal.aborted) options.database.inspections.keep(options.instance.id, readings);
      })
      .catch((error: unknown) => {
        if (!options.signal.aborted) log.warn("Kept no healthy inspections", { error: messageOf(error) });
      })
      .finally(() => {
        running = false;
      });
  };
}

interface Wanted {
  readonly inspection: BoundInspection;
  readonly component: ComponentId;
}

function cheapOf(session: Session, options: CheckupOptions, components: readonly ComponentId[]): readonly Wanted[] {
  const cheap = [...session.inspections, ...(options.inspections ?? [])].filter(({ cost }) => cost === "cheap");
  return components.flatMap((component) =>
    cheap.filter(({ appliesTo }) => appliesTo(component)).map((inspection) => ({ inspection, component })),
  );
}

function readAll(
  wanted: readonly Wanted[],
  { clock }: CheckupOptions,
  signal: AbortSignal,
): Promise<readonly Inspected[]> {
  const atMs = clock.now();
  return Promise.all(wanted.map(({ inspection, component }) => inspect(inspection, component, { atMs, signal })));
}
