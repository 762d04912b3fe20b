/** `operator status`: what runs on this machine, and how it stands. */

import * as v from "valibot";
import type { DeployedComponent, ProcessStatus } from "../../../core/system/process.ts";
import type { Deployment } from "../../../deployments/deployment.ts";
import type { Survey } from "../../../deployments/driver.ts";
import { findDeployment, openDeployment, surveyDeployments } from "../../../deployments/mod.ts";
import { systemClock } from "../../../io/clock.ts";
import { operatorHome } from "../../../io/files/home.ts";
import { renderDeployment } from "../../../render/deployment.ts";
import { renderStanding } from "../../../render/records/standing.ts";
import { type HomeStanding, homeStanding } from "../../../runtime/views/home.ts";
import { command, type Runnable } from "../../args/command.ts";
import { EXIT } from "../../args/exit-code.ts";
import { printJson, printText } from "../../args/output.ts";

/** Exits 3 if a component or a supervisor that should run does not, and 4 if nothing is there or it is held elsewhere. */
export const status: Runnable = command({
  name: "status",
  args: {
    name: { type: "string", description: "Only this instance", valueHint: "deployment" },
    home: { type: "string", description: "Folder of all state", valueHint: "folder" },
    json: { type: "boolean", description: "Print JSON, one line per deployment" },
  },
  options: v.object({
    name: v.optional(v.string()),
    home: v.optional(v.string()),
    json: v.optional(v.boolean(), false),
  }),
  async run({ name, home: flag, json }, { log, signal }) {
    const home = operatorHome(flag);
    const { running, unusable } = await wanted(home, name);
    let failed = unusable.some(({ state }) => state === "dead");
    for (const deployment of running) {
      const components: readonly Shown[] = (await deployment.processes?.list(signal)) ?? deployment.components;
      failed ||= components.some(({ state }) => state === "exited" || state === "hung");
      const standing = homeStanding(home, { subject: deployment.subject, name: deployment.id }, systemClock.now());
      show(deployment, { components, standing }, json);
    }
    for (const { name, state, why, command } of unusable) {
      if (json) printJson({ name, state, why, ...(command !== undefined && { command }) });
      else printText(`${name}: ${why}`);
    }
    if (failed) return EXIT.violated;
    if (running.length > 0 && unusable.length === 0) return EXIT.done;
    if (unusable.length === 0) log.info(`Nothing runs in "${home}"; bring something up with "operator up"`);
    return EXIT.unknown;
  },
});

/** A component, and its process where the deployment knows of one. */
type Shown = DeployedComponent & Partial<ProcessStatus>;

async function wanted(home: string, name: string | undefined): Promise<Survey> {
  if (name === undefined) return await surveyDeployments(home);
  const { unusable } = await findDeployment(home, name);
  return unusable
    ? { running: [], unusable: [unusable] }
    : { running: [await openDeployment(home, name)], unusable: [] };
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
    return printJson({
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
  printText(...renderDeployment({ id, subject, components, secretsFolder, standing: lines }, nowMs));
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
