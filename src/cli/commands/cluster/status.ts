/** `operator status`: what runs on this machine, and how it stands. */

import * as v from "valibot";
import type { DeployedComponent, ProcessStatus } from "../../../core/system/process.ts";
import { InvalidInputError } from "../../../core/text/errors.ts";
import { withSuggestion } from "../../../core/text/suggest.ts";
import { type Deployment, instanceOf } from "../../../deployments/deployment.ts";
import type { Survey } from "../../../deployments/driver.ts";
import { surveyDeployments } from "../../../deployments/mod.ts";
import { systemClock } from "../../../io/clock.ts";
import { operatorHome } from "../../../io/files/home.ts";
import { renderDeployment, renderStored } from "../../../render/deployment.ts";
import { renderStanding } from "../../../render/records/standing.ts";
import { type HomeStanding, homeStanding, type StoredStanding, storedStandings } from "../../../runtime/views/home.ts";
import { command, type Runnable } from "../../args/command.ts";
import { EXIT } from "../../args/exit-code.ts";
import { NO_INSTANCE, printJson, printText } from "../../args/output.ts";

/** Exits 3 if a component or a supervisor that should run does not, and 4 if nothing runs or is watched, or it is held elsewhere. */
export const status: Runnable = command({
  name: "status",
  args: {
    name: { type: "string", description: "Only this instance", valueHint: "deployment" },
    home: { type: "string", description: "Folder of all state", valueHint: "folder" },
    json: { type: "boolean", description: "Print JSON, one line per instance" },
  },
  options: v.object({
    name: v.optional(v.string()),
    home: v.optional(v.string()),
    json: v.optional(v.boolean(), false),
  }),
  async run({ name, home: flag, json }, { log, signal }) {
    const home = operatorHome(flag);
    const { running, unusable, elsewhere, unread } = await wanted(home, name);
    let failed = unusable.some(({ state }) => state === "dead");
    for (const deployment of running) {
      const components: readonly Shown[] = (await deployment.processes?.list(signal)) ?? deployment.components;
      failed ||= components.some(({ state }) => state === "exited" || state === "hung");
      const standing = homeStanding(home, { subject: deployment.subject, name: deployment.id }, systemClock.now());
      show(deployment, { components, standing }, json);
    }
    for (const { name, state, why, command } of unusable) {
      if (json) printJson(NO_INSTANCE, { name, state, why, ...(command !== undefined && { command }) });
      else printText(NO_INSTANCE, `${name}: ${why}`);
    }
    for (const stored of elsewhere) showStored(stored, json);
    if (failed) return EXIT.violated;
    if (running.length === 0 && unread !== undefined) log.error(`It is not known what is watched: ${unread}`);
    else if (running.length === 0 && unusable.length === 0 && !elsewhere.some(isWatched)) {
      log.info(`Nothing runs in "${home}"; bring something up with "operator up"`);
    } else if (unusable.length === 0) return EXIT.done;
    return EXIT.unknown;
  },
});

/** A component, and its process where the deployment knows of one. */
type Shown = DeployedComponent & Partial<ProcessStatus>;

/** What a person asked for. */
interface Wanted extends Survey {
  /** On record and not brought up here: watched by its endpoints, or not any more. */
  readonly elsewhere: readonly StoredStanding[];
  /** Why that cannot be read. */
  readonly unread?: string;
}

async function wanted(home: string, name: string | undefined): Promise<Wanted> {
  const all = await surveyDeployments(home);
  const stored = storedStandings(home, systemClock.now());
  const isHere = ({ instance }: StoredStanding): boolean =>
    all.running.some(({ id, subject }) => id === instance.name && subject === instance.subject) ||
    all.unusable.some((one) => one.name === instance.name);
  const elsewhere = "failed" in stored ? [] : stored.filter((one) => !isHere(one));
  const unread = "failed" in stored ? { unread: stored.failed } : {};
  if (name === undefined) return { ...all, elsewhere, ...unread };
  const named = {
    running: all.running.filter(({ id }) => id === name),
    unusable: all.unusable.filter((one) => one.name === name),
    elsewhere: elsewhere.filter(({ instance }) => instance.name === name),
    ...unread,
  };
  // Of what cannot be read it is not said that it is not there.
  if (named.running.length + named.unusable.length + named.elsewhere.length > 0 || "failed" in stored) return named;
  const known = [
    ...all.running.map(({ id }) => id),
    ...all.unusable.map((one) => one.name),
    ...elsewhere.map(({ instance }) => instance.name),
  ];
  const there =
    known.length > 0 ? `expected one of ${[...new Set(known)].join(", ")}` : "nothing runs and nothing was watched yet";
  throw new InvalidInputError(withSuggestion(`Cannot find instance "${name}" in "${home}", ${there}`, name, known));
}

function isWatched({ standing }: StoredStanding): boolean {
  return standing.watcher !== undefined;
}

function showStored({ instance, standing }: StoredStanding, json: boolean): void {
  const { subject, name } = instance;
  const state = standing.watcher === undefined ? "unwatched" : "watched";
  if (json) return printJson(instance, { name, state, subject, ...inJson(standing) });
  printText(instance, ...renderStored(instance, renderStanding(standing, systemClock.now())));
}

interface Shows {
  readonly components: readonly Shown[];
  readonly standing: HomeStanding;
}

function show(deployment: Deployment, { components, standing }: Shows, json: boolean): void {
  const { id, subject, settings } = deployment;
  const links = deployment.links?.all ?? [];
  const secretsFolder = deployment.secretsFolder();
  if (json) {
    return printJson(instanceOf(deployment), {
      name: id,
      state: "running",
      subject,
      settings,
      components,
      links,
      secretsFolder,
      ...inJson(standing),
    });
  }
  const nowMs = systemClock.now();
  const lines = renderStanding(standing, nowMs);
  const instance = instanceOf(deployment);
  printText(instance, ...renderDeployment({ instance, components, secretsFolder, standing: lines }, nowMs));
}

function inJson(standing: HomeStanding): object {
  if ("failed" in standing) return { actions: standing };
  const { ladder, halt, watcher, lookedAtMs, incidents, waiting } = standing;
  return {
    actions: { ladder, ...(halt && { halt }) },
    watcher: watcher ?? null,
    lookedAtMs: lookedAtMs ?? null,
    incidents: incidents.map(({ incident }) => incident),
    waiting,
  };
}
