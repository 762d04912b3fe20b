/** What PD is told of scheduling: an allow-list of settings, and the schedulers that it runs by default. */

import * as v from "valibot";
import { type Cause, defineAction } from "../../../core/subject/action.ts";
import { parse } from "../../../core/text/parse.ts";
import type { TikvClient } from "../client/client.ts";
import type { PdChange } from "../client/pd-client.ts";
import { OBSTACLES } from "../config-labels.ts";
import { NEEDED_SCHEDULERS, USUAL_LIMITS } from "../obstacles.ts";
import { CLUSTER } from "../topology.ts";
import { shown } from "./fields.ts";
import { isSeveral } from "./restore-scheduling.ts";

/** Settings that may be changed, with PD's defaults: how much PD does at once. No setting of placement or of time limits. */
const DEFAULTS = { ...USUAL_LIMITS, "merge-schedule-limit": 8 } as const;

type Setting = keyof typeof DEFAULTS;

const SETTINGS = Object.keys(DEFAULTS).filter((name): name is Setting => name in DEFAULTS);

const Former = v.object({ value: v.number() });

/** Sets one limit of PD's scheduling. */
export const setScheduleConfig = defineAction({
  id: "set-schedule-config",
  description: "Set how much PD schedules at once. Helps where a limit of 0 keeps PD from moving anything.",
  risk: "reversible",
  input: v.object({
    name: v.pipe(v.picklist(SETTINGS), v.description("Name of the setting in PD's section schedule.")),
    value: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(10_000), v.description("Operators at once.")),
  }),
  fixes: zeroLimitOf,
  preview: ({ name, value }) => ({
    sends: shown(setting(name, value)),
    expectedEffect: `${name} is ${value}`,
    entities: [CLUSTER],
    stops: [],
  }),
  async run({ pd }: TikvClient, { name, value }, signal) {
    await pd.change(setting(name, value), signal);
    return `Set ${name} to ${value}`;
  },
  postCondition: async (client, { name, value }, signal) => (await valueOf(client, name, signal)) === value,
  capture: async (client, { name }, signal) => ({ value: await valueOf(client, name, signal) }),
  async undo({ pd }, { name }, { captured, signal }) {
    const { value } = parse(Former, captured, `the former ${name}`);
    await pd.change(setting(name, value), signal);
    return `Set ${name} back to ${value}`;
  },
});

/** Makes PD run a scheduler again. */
export const addScheduler = defineAction({
  id: "add-scheduler",
  description: "Add one of PD's default schedulers again after it was removed.",
  risk: "reversible",
  input: v.object({ name: v.pipe(v.picklist(NEEDED_SCHEDULERS), v.description("Name of the scheduler.")) }),
  fixes: missingSchedulerOf,
  preview: ({ name }) => ({
    sends: shown(adding(name)),
    expectedEffect: `PD runs ${name}`,
    entities: [CLUSTER],
    stops: [],
  }),
  async run({ pd }: TikvClient, { name }, signal) {
    await pd.change(adding(name), signal);
    return `PD runs ${name}`;
  },
  postCondition: async ({ pd }, { name }, signal) => (await pd.schedulers(signal)).includes(name),
  async undo({ pd }, { name }, { signal }) {
    await pd.change({ method: "DELETE", path: `/schedulers/${name}` }, signal);
    return `Removed ${name} again`;
  },
});

function zeroLimitOf({ mechanism, component: { id, labels } }: Cause): { name: Setting; value: number } | undefined {
  if (mechanism !== "configuration-change" || id !== CLUSTER || isSeveral(labels?.[OBSTACLES])) return undefined;
  const name = SETTINGS.find((setting) => labels?.[setting.replaceAll("-", "_")] === "0");
  return name && { name, value: DEFAULTS[name] };
}

function missingSchedulerOf({
  mechanism,
  component: { id, labels },
}: Cause): { name: (typeof NEEDED_SCHEDULERS)[number] } | undefined {
  const running = labels?.["schedulers"]?.split(", ");
  if (mechanism !== "configuration-change" || id !== CLUSTER || !running) return undefined;
  if (isSeveral(labels?.[OBSTACLES])) return undefined;
  const name = NEEDED_SCHEDULERS.find((scheduler) => !running.includes(scheduler));
  return name && { name };
}

async function valueOf({ pd }: TikvClient, name: Setting, signal: AbortSignal): Promise<number | null> {
  const value = (await pd.scheduleConfig(signal))[name];
  return value ?? null;
}

function setting(name: Setting, value: number): PdChange {
  return { method: "POST", path: "/config", body: { [`schedule.${name}`]: value } };
}

function adding(name: string): PdChange {
  return { method: "POST", path: "/schedulers", body: { name } };
}
