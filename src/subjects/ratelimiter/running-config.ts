/** Settings on which nodes must agree, and the settings of most nodes. */

import type { RunningConfig } from "./client/replies.ts";
import type { Intended } from "./config.ts";
import type { NodeReading } from "./observation.ts";

/** The settings that all nodes must share. */
export const SETTINGS = ["algorithm", "limit", "windowMs", "onRedisFailure", "localOverlap"] as const;

/** Some or all of them. */
export type Settings = Intended | Pick<RunningConfig, (typeof SETTINGS)[number]>;

/** The configuration that more than half of all nodes run with. */
export function commonConfig(nodes: readonly NodeReading[]): RunningConfig | undefined {
  const running = nodes.flatMap(({ config }) => ("value" in config ? [config.value] : []));
  const alike = Map.groupBy(running, (config) => JSON.stringify(SETTINGS.map((name) => config[name])));
  return [...alike.values()].find((group) => group.length * 2 > nodes.length)?.[0];
}

/** The settings that are known, each under its name with a prefix. */
export function namedSettings(prefix: string, settings: Settings): Readonly<Record<string, string | number>> {
  const named = SETTINGS.flatMap((name) => {
    const value = settings[name];
    return value === undefined ? [] : [[`${prefix}_${name}`, value] as const];
  });
  return Object.fromEntries(named);
}

/** The differences from wanted settings as text; empty if there are none. */
export function differencesOf(running: Settings, wanted: Settings): string {
  return SETTINGS.filter((name) => wanted[name] !== undefined && wanted[name] !== running[name])
    .map((name) => `${name} ${running[name]}, expected ${wanted[name]}`)
    .join("; ");
}
