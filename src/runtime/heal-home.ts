/** Heals what the journal of a home holds open, on whichever deployments; every chaos command begins with what has expired. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Healing, healOpen } from "../chaos/heal.ts";
import { hasExpired, type Injection, type Journal, openJournal } from "../chaos/journal.ts";
import { faultyComponent } from "../core/subject/fault.ts";
import type { Deployment } from "../deployments/deployment.ts";
import { surveyDeployments } from "../deployments/mod.ts";
import { systemClock } from "../io/clock.ts";
import { log } from "../io/log.ts";
import { loadLab } from "./labs.ts";

/** Heals and says so; whether everything that was due is healed. Makes no journal where there is none. */
export async function healAndTell(home: string, which: "expired" | "all"): Promise<boolean> {
  if (!existsSync(join(home, "chaos.db"))) return true;
  using journal = openJournal(home);
  const healings = await healDue(journal, { home, which });
  for (const { injection, failed } of healings) {
    const what = await describeInjection(injection);
    if (failed === undefined) log.info(`Healed ${what}${which === "expired" ? ", which had expired" : ""}`);
    else log.error(`Cannot heal ${what}: ${failed}`);
  }
  return healings.every(({ failed }) => failed === undefined);
}

/** The component at fault, in the words of the fault's truth. */
export async function componentOf({ subject, fault, input }: Injection): Promise<string> {
  const { faults } = await loadLab(subject);
  const truth = faults.find(({ id }) => id === fault)?.truth;
  return truth ? faultyComponent(truth, input) : JSON.stringify(input);
}

async function healDue(
  journal: Journal,
  { home, which }: { readonly home: string; readonly which: "expired" | "all" },
): Promise<readonly Healing[]> {
  const now = systemClock.now();
  const due = journal.open().filter((injection) => which === "all" || hasExpired(injection, now));
  if (due.length === 0) return [];
  const survey = await surveyDeployments(home);
  const running = new Map(survey.running.map((deployment) => [deployment.id, deployment]));
  const unusable = new Map(survey.unusable.map((one) => [one.name, one]));
  const names = [...new Set(due.map(({ deployment }) => deployment))];
  const healings: Healing[] = [];
  for (const name of names) {
    const deployment = running.get(name);
    const own = due.filter((injection) => injection.deployment === name);
    const why = unusable.get(name)?.why;
    if (deployment) healings.push(...(await healOn(deployment, journal, which)));
    else if (why !== undefined) healings.push(...own.map((injection) => ({ injection, failed: why })));
    else healings.push(...forget(own, journal));
  }
  return healings;
}

async function healOn(deployment: Deployment, journal: Journal, which: "expired" | "all"): Promise<readonly Healing[]> {
  const lab = await loadLab(deployment.subject);
  await using open = await lab.open(deployment);
  return await healOpen(which, { lab: open, journal, clock: systemClock });
}

/** With the deployment everything went down that could be at fault. */
function forget(injections: readonly Injection[], journal: Journal): readonly Healing[] {
  for (const { id } of injections) journal.healed(id, systemClock.now());
  return injections.map((injection) => ({ injection }));
}

async function describeInjection(injection: Injection): Promise<string> {
  return `${injection.fault} of ${await componentOf(injection)} on ${injection.deployment}`;
}
