/** Heals what the journal of a home holds open, on whichever deployments. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../core/system/clock.ts";
import type { Deployment } from "../deployments/deployment.ts";
import type { Survey } from "../deployments/driver.ts";
import type { Lab } from "../deployments/lab.ts";
import { type Healing, healOpen } from "./heal.ts";
import { hasExpired, type Injection, type Journal, openJournal } from "./journal.ts";

/** What healing a home needs of its surroundings. */
export interface HealHomeContext {
  /** Finds the lab of a subject. */
  readonly labOf: (subject: string) => Promise<Lab>;
  /** Finds out what runs in a home. */
  readonly survey: (home: string) => Promise<Survey>;
  readonly clock: Clock;
}

/** Injections on record, newest first; nothing where nothing was ever broken. */
export function readInjections(home: string, read: (journal: Journal) => readonly Injection[]): readonly Injection[] {
  if (!existsSync(join(home, "chaos.db"))) return [];
  using journal = openJournal(home);
  return read(journal);
}

/** Heals what has expired, or everything that is open. Makes no journal where there is none. */
export async function healHome(
  home: string,
  which: "expired" | "all",
  context: HealHomeContext,
): Promise<readonly Healing[]> {
  if (!existsSync(join(home, "chaos.db"))) return [];
  using journal = openJournal(home);
  const now = context.clock.now();
  const due = journal.open().filter((injection) => which === "all" || hasExpired(injection, now));
  if (due.length === 0) return [];
  const { running: deployments, unusable: others } = await context.survey(home);
  const running = new Map(deployments.map((deployment) => [deployment.id, deployment]));
  const unusable = new Map(others.map((one) => [one.name, one]));
  const healings: Healing[] = [];
  for (const [name, own] of Map.groupBy(due, ({ deployment }) => deployment)) {
    const deployment = running.get(name);
    const why = unusable.get(name)?.why;
    if (deployment) healings.push(...(await healOn(deployment, which, { ...context, journal })));
    else if (why !== undefined) healings.push(...own.map((injection) => ({ injection, failed: why })));
    else healings.push(...forget(own, { ...context, journal }));
  }
  return healings;
}

type Healer = HealHomeContext & { readonly journal: Journal };

async function healOn(
  deployment: Deployment,
  which: "expired" | "all",
  { labOf, journal, clock }: Healer,
): Promise<readonly Healing[]> {
  const lab = await labOf(deployment.subject);
  await using open = await lab.open(deployment);
  return await healOpen(which, { lab: open, journal, clock });
}

/** With the deployment everything went down that could be at fault. */
function forget(injections: readonly Injection[], { journal, clock }: Healer): readonly Healing[] {
  for (const { id } of injections) journal.healed(id, clock.now());
  return injections.map((injection) => ({ injection }));
}
