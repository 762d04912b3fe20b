/** A monitor that runs on a virtual clock, and everything that it tells. */

import type { Database } from "../../src/database/mod.ts";
import { type MonitorEvent, type MonitorOptions, monitor } from "../../src/monitor/mod.ts";
import { VirtualClock } from "../virtual-clock.ts";
import { monitorOptions, type Script, type Scripted, scripted, temporaryDatabase } from "./scripted-session.ts";

/** What a test holds of a running monitor. */
export interface Watching extends Scripted, AsyncDisposable {
  readonly clock: VirtualClock;
  readonly database: Database;
  readonly options: MonitorOptions;
  readonly events: MonitorEvent[];
  /** Ends the monitor in order, and leaves the database open. */
  stop(): Promise<void>;
}

/** What may be handed in instead of made. */
export interface WatchingOptions extends Partial<MonitorOptions> {
  readonly clock?: VirtualClock;
}

/** Starts a monitor, which has done its first checkup when this answers. */
export async function watching(script: Script, given: WatchingOptions = {}): Promise<Watching> {
  const { clock = new VirtualClock(), database = temporaryDatabase(), ...rest } = given;
  const events: MonitorEvent[] = [];
  const end = new AbortController();
  const player = scripted(clock, script);
  const onEvent = (event: MonitorEvent): unknown => events.push(event);
  const options = monitorOptions(database, clock, { ...rest, onEvent, signal: end.signal });
  const ended = monitor(player.session, options);
  const stop = async (): Promise<void> => {
    end.abort();
    await clock.advance(0);
    await ended;
  };
  await clock.advance(0);
  return {
    ...player,
    clock,
    database,
    options,
    events,
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
      if (!given.database) database[Symbol.dispose]();
    },
  };
}

/** One word per ticket or incident event, for instance `opened` or `incident resolved`. */
export function told(events: readonly MonitorEvent[]): string[] {
  return events.flatMap((event) => {
    if (event.kind === "ticket") return [event.transition.change];
    return event.kind === "incident" ? [`incident ${event.transition.to}`] : [];
  });
}
