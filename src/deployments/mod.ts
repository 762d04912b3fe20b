/** The front door to deployments: brings them up, finds them and ends them, with any driver. */

import { InvalidInputError } from "../core/text/errors.ts";
import type { Deployment } from "./deployment.ts";
import type { Driver, EndOptions, Found, Survey, UpOptions, UpOrder } from "./driver.ts";
import type { SuperviseIo } from "./local/supervisor/supervise.ts";

/** Drivers, loaded when needed. */
type Drivers = readonly (() => Promise<Driver>)[];

const DRIVERS: Drivers = [() => import("./local/driver.ts").then(({ localDriver }) => localDriver)];

/**
 * Brings a recipe up and returns when every component is ready.
 * @throws {InvalidInputError} If no driver can run the recipe.
 * @throws {Error} If the name is in use, a program is missing or something does not start.
 */
export async function bringUp(order: UpOrder, options: UpOptions, drivers = DRIVERS): Promise<Deployment> {
  const loaded = await Promise.all(drivers.map((load) => load()));
  const driver = loaded.find((one) => one.runs(order.recipe));
  if (driver) return await driver.up(order, options);
  throw new InvalidInputError(`Cannot run ${order.recipe.subject} on this machine: no driver can run its recipe`);
}

/**
 * Opens the deployment of that name or, without one, the only one that runs.
 * @throws {InvalidInputError} If none of that name runs, or several run and none is named.
 * @throws {Error} If nothing runs, or what is named cannot be used.
 */
export async function openDeployment(home: string, name?: string): Promise<Deployment> {
  if (name !== undefined) {
    const { running, unusable } = await findDeployment(home, name);
    if (running) return running;
    if (unusable) throw new Error(`Cannot find deployment "${name}" in "${home}": ${unusable.why}`);
    const known = (await surveyDeployments(home)).running.map(({ id }) => id);
    const wanted = known.length > 0 ? `one of ${known.join(", ")}` : '"operator up" first';
    throw new InvalidInputError(`Cannot find deployment "${name}" in "${home}": it is not running, expected ${wanted}`);
  }
  const { running, unusable } = await surveyDeployments(home);
  const [only, ...more] = running;
  if (only && more.length === 0) return only;
  const names = running.map(({ id }) => id).join(", ");
  if (only) throw new InvalidInputError(`Cannot choose a deployment: several are running (${names}), expected --name`);
  const told = unusable.map(({ name, why }) => `; "${name}": ${why}`).join("");
  throw new Error(`Cannot find a deployment in "${home}": none is running, expected "operator up" first${told}`);
}

/** Every deployment that runs, by name. */
export async function listDeployments(home: string): Promise<readonly Deployment[]> {
  return (await surveyDeployments(home)).running;
}

/** Everything that was brought up in a home. */
export async function surveyDeployments(home: string, drivers = DRIVERS): Promise<Survey> {
  const surveys = await Promise.all(drivers.map(async (load) => (await load()).survey(home)));
  return {
    running: surveys.flatMap(({ running }) => running).toSorted((a, b) => compare(a.id, b.id)),
    unusable: surveys.flatMap(({ unusable }) => unusable).toSorted((a, b) => compare(a.name, b.name)),
  };
}

/**
 * The deployment of a name; empty if it is down, or never was up.
 * @throws {InvalidInputError} If it cannot be a name.
 */
export async function findDeployment(home: string, name: string, drivers = DRIVERS): Promise<Found> {
  const asked = await askAll(home, name, drivers);
  const own = asked.find(({ found }) => !isForeign(found) && (found.running ?? found.unusable));
  return (own ?? asked.find(({ found }) => isForeign(found)))?.found ?? {};
}

/**
 * Ends a deployment, or what is left of it. One that does not exist counts as down.
 * @throws {Error} If it is held elsewhere, or is not ours.
 */
export async function endDeployment(
  home: string,
  name: string,
  { drivers = DRIVERS, ...options }: EndOptions & { readonly drivers?: Drivers },
): Promise<void> {
  const asked = await askAll(home, name, drivers);
  const own = asked.filter(({ found }) => !isForeign(found));
  for (const { driver } of own.length > 0 ? own : asked) await driver.end(home, name, options);
}

/** Runs a deployment in this process until it is told to end; returns whether it came up. */
export async function supervise(io: SuperviseIo): Promise<boolean> {
  const { superviseOrders } = await import("./local/supervisor/supervise.ts");
  return await superviseOrders(io);
}

interface Answer {
  readonly driver: Driver;
  readonly found: Found;
}

function askAll(home: string, name: string, drivers: Drivers): Promise<readonly Answer[]> {
  return Promise.all(
    drivers.map(async (load) => {
      const driver = await load();
      return { driver, found: await driver.find(home, name) };
    }),
  );
}

/** A deployment is foreign to every driver except its own. */
function isForeign({ unusable }: Found): boolean {
  return unusable?.state === "foreign";
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
