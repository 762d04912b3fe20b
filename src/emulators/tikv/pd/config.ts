/** PD's settings with their defaults, in the sections and types in which PD v8.5.7 gives and takes them. */

import { InvalidInputError } from "../../../core/text/errors.ts";

/** Switches are text, durations are text, limits are numbers. */
export type Setting = string | number | boolean | null | readonly Setting[] | { readonly [name: string]: Setting };

/** Settings by name. */
export type Section = Readonly<Record<string, Setting>>;

/** Section `schedule`. */
export const SCHEDULE: Section = {
  "max-snapshot-count": 64,
  "max-pending-peer-count": 64,
  "max-merge-region-size": 54,
  "max-merge-region-keys": 540_000,
  "split-merge-interval": "1h0m0s",
  "switch-witness-interval": "1h0m0s",
  "enable-one-way-merge": "false",
  "enable-cross-table-merge": "true",
  "patrol-region-interval": "10ms",
  "max-store-down-time": "30m0s",
  "max-store-preparing-time": "48h0m0s",
  "leader-schedule-limit": 4,
  "leader-schedule-policy": "count",
  "region-schedule-limit": 2048,
  "witness-schedule-limit": 4,
  "replica-schedule-limit": 64,
  "merge-schedule-limit": 8,
  "hot-region-schedule-limit": 4,
  "affinity-schedule-limit": 0,
  "split-scatter-schedule-limit": 0,
  "hot-region-cache-hits-threshold": 3,
  "tolerant-size-ratio": 0,
  "low-space-ratio": 0.8,
  "high-space-ratio": 0.7,
  "enable-debug-metrics": "false",
};

/** Section `replication`. */
export const REPLICATION: Section = {
  "max-replicas": 3,
  "location-labels": "",
  "strictly-match-label": "false",
  "enable-placement-rules": "true",
  "enable-placement-rules-cache": "false",
  "isolation-level": "",
};

/** Switches that PD lists only where they are on. */
const UNLISTED: Section = { "halt-scheduling": "false" };

const SECTIONS: Readonly<Record<string, Section>> = {
  schedule: { ...SCHEDULE, ...UNLISTED },
  replication: REPLICATION,
};

/** A section as PD lists it. */
export function listed(section: Section): Section {
  return Object.fromEntries(Object.entries(section).filter(([name, value]) => UNLISTED[name] !== value));
}

const LOG_LEVELS = new Set(["debug", "info", "warn", "error", "fatal"]);

/** Settings that may be set for a time only (`server/config/persist_options.go`). */
const TEMPORARY =
  /^(schedule\.)?(max-snapshot-count|max-pending-peer-count|leader-schedule-limit|region-schedule-limit|replica-schedule-limit|merge-schedule-limit|hot-region-schedule-limit|store-limit|enable-location-replacement)/;

/**
 * Refuses what cannot be set for a time.
 * @throws {InvalidInputError} With PD's own words.
 */
export function checkTemporary(ttl: string, body: unknown): void {
  if (!/^-?\d+$/.test(ttl)) throw new InvalidInputError(`strconv.Atoi: parsing ${JSON.stringify(ttl)}: invalid syntax`);
  const refused = Object.keys(Object(body)).find((name) => !TEMPORARY.test(name));
  if (refused !== undefined) throw new InvalidInputError(`unsupported ttl config ${refused}`);
}

/** One setting as it is to be. */
export interface SettingChange {
  readonly section: "schedule" | "replication";
  readonly name: string;
  readonly value: Setting;
}

/**
 * Reads the body of `POST /config`: flat names with or without their section. All of it is taken or nothing.
 * @throws {InvalidInputError} With PD's own words, if a name is not known or a value has another type.
 */
export function readChanges(body: unknown): readonly SettingChange[] {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new InvalidInputError("json: cannot unmarshal array into Go value of type map[string]interface {}");
  }
  return Object.entries(body).flatMap(([key, value]) => changeOf(key, value));
}

function changeOf(key: string, value: unknown): readonly SettingChange[] {
  const [first = "", ...rest] = key.split(".");
  if (rest.length === 0) {
    const section = sectionOf(first);
    if (section === undefined) throw new InvalidInputError(`config item ${first} not found`);
    return [{ section, name: first, value: checked(section, first, value) }];
  }
  const name = rest.join(".");
  if (key === "log.level" && !LOG_LEVELS.has(String(value))) {
    throw new InvalidInputError(`log level ${String(value)} is illegal`);
  }
  if (first === "log" || first === "pd-server" || first === "replication-mode") return [];
  if (first !== "schedule" && first !== "replication") throw new InvalidInputError(`config prefix ${first} not found`);
  if (SECTIONS[first]?.[name] === undefined) throw new InvalidInputError(`config item ${name} not found`);
  return [{ section: first, name, value: checked(first, name, value) }];
}

function sectionOf(name: string): "schedule" | "replication" | undefined {
  if (Object.hasOwn(SECTIONS["schedule"] ?? {}, name)) return "schedule";
  return Object.hasOwn(REPLICATION, name) ? "replication" : undefined;
}

function checked(section: string, name: string, value: unknown): string | number {
  const usual = SECTIONS[section]?.[name];
  const struct = section === "schedule" ? "ScheduleConfig" : "ReplicationConfig";
  if (typeof usual === "number") {
    if (typeof value === "number" && value >= 0 && (Number.isInteger(value) || !Number.isInteger(usual))) {
      if (name.endsWith("-ratio") && value > 1) throw new InvalidInputError(`${name} should between 0 and 1`);
      return value;
    }
    const shown = typeof value === "number" ? `number ${value}` : typeof value;
    throw new InvalidInputError(
      `json: cannot unmarshal ${shown} into Go struct field ${struct}.${name} of type uint64`,
    );
  }
  if (usual === "true" || usual === "false") {
    if (value === "true" || value === "false") return value;
    throw new InvalidInputError(
      "json: invalid use of ,string struct tag, trying to unmarshal unquoted value into bool",
    );
  }
  if (typeof value !== "string") throw new InvalidInputError("invalid syntax");
  if (name.endsWith("-time") || name.endsWith("-interval")) return durationText(value);
  return value;
}

/** A duration as PD gives it back: `45m` becomes `45m0s`. */
function durationText(text: string): string {
  const ms = durationMs(text);
  if (ms === undefined) throw new InvalidInputError(`time: invalid duration "${text}"`);
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor((ms % 3_600_000) / 60_000);
  const seconds = (ms % 60_000) / 1000;
  if (ms < 1000) return `${ms}ms`;
  return `${hours > 0 ? `${hours}h` : ""}${hours > 0 || minutes > 0 ? `${minutes}m` : ""}${seconds}s`;
}

const MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds of Go's text; `undefined` where it is none. */
export function durationMs(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(text)) return undefined;
  return [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)].reduce(
    (sum, [, number, unit = ""]) => sum + Number(number) * (MS[unit] ?? 0),
    0,
  );
}
