/** Faults that are or were in force in a home, each with the component at fault. */

import type { Healing } from "../../chaos/heal.ts";
import { healHome, readInjections } from "../../chaos/heal-home.ts";
import { hasExpired, type Injection } from "../../chaos/journal.ts";
import { faultyComponent } from "../../core/subject/fault.ts";
import type { EmulatedMark, InstanceName } from "../../core/words/instance.ts";
import { instanceOf } from "../../deployments/deployment.ts";
import { surveyDeployments } from "../../deployments/mod.ts";
import { systemClock } from "../../io/clock.ts";
import { loadLab } from "../subjects/labs.ts";

/** One injection. */
export interface InjectionView {
  readonly injection: Injection;
  /** The instance, marked if it runs here and is emulated. */
  readonly instance: InstanceName & EmulatedMark;
  /** The mechanism in the fault's ground truth. */
  readonly component: string;
  /** Whether it has expired, so that any process may heal it. */
  readonly hasExpired: boolean;
}

/** Maximum of healed injections shown besides those in force. */
const MOST_SHOWN = 100;

/** Those in force, newest first; with healed ones on request. */
export async function injectionViews(home: string, { all = false } = {}): Promise<readonly InjectionView[]> {
  const injections = readInjections(home, (journal) => (all ? journal.list(MOST_SHOWN) : journal.open()));
  const instanceOfInjection = await instancesHere(home);
  return await Promise.all(
    injections.map(async (injection) => ({
      injection,
      instance: instanceOfInjection(injection),
      component: await componentOf(injection),
      hasExpired: hasExpired(injection, systemClock.now()),
    })),
  );
}

/** Heals expired faults of a home, or all that are in force, and returns the results. */
export async function healInjections(
  home: string,
  which: "expired" | "all",
): Promise<readonly (Healing & Pick<InjectionView, "component" | "instance">)[]> {
  const healings = await healHome(home, which, { labOf: loadLab, survey: surveyDeployments, clock: systemClock });
  if (healings.length === 0) return [];
  const instanceOfInjection = await instancesHere(home);
  return await Promise.all(
    healings.map(async (healing) => ({
      ...healing,
      instance: instanceOfInjection(healing.injection),
      component: await componentOf(healing.injection),
    })),
  );
}

/** Running deployments of the home, which know whether they are emulated. */
async function instancesHere(home: string): Promise<(injection: Injection) => InjectionView["instance"]> {
  const { running } = await surveyDeployments(home);
  return ({ deployment, subject }) => {
    const found = running.find(({ id }) => id === deployment);
    return found ? instanceOf(found) : { subject, name: deployment };
  };
}

async function componentOf({ subject, fault, input }: Injection): Promise<string> {
  const { faults, trialSettings } = await loadLab(subject);
  const truth = [...faults, ...(trialSettings ? [trialSettings] : [])].find(({ id }) => id === fault)?.truth;
  return truth ? faultyComponent(truth, input) : JSON.stringify(input);
}
