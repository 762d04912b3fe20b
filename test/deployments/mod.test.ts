import { describe, expect, test } from "bun:test";
import type { Deployment } from "../../src/deployments/deployment.ts";
import type { Driver, Found } from "../../src/deployments/driver.ts";
import { bringUp, endDeployment, findDeployment, surveyDeployments } from "../../src/deployments/mod.ts";
import { toyDeployment } from "../toy/lab.ts";

const HOME = "/nowhere";
const { signal } = new AbortController();
const FOREIGN: Found = { unusable: { name: "b", state: "foreign", why: "it is not ours" } };

describe("bringUp()", () => {
  test("takes the first driver that can run the recipe", async () => {
    const [cannot, can] = [new StandInDriver({}, { runs: false }), new StandInDriver({})];

    await bringUp({ home: HOME, recipe: { subject: "toy", settings: {} } }, { signal }, over(cannot, can));

    expect([cannot.did, can.did]).toEqual([[], ["up toy"]]);
  });

  test("refuses a recipe that no driver can run", async () => {
    const coming = bringUp({ home: HOME, recipe: { subject: "toy", settings: {} } }, { signal });

    await expect(coming).rejects.toThrow("Cannot run toy on this machine: no driver can run its recipe");
  });
});

test("surveyDeployments() lists what every driver runs, by name", async () => {
  const drivers = over(new StandInDriver({ b: running("b") }), new StandInDriver({ c: running("c"), a: running("a") }));

  const survey = await surveyDeployments(HOME, drivers);

  expect(survey.running.map(({ id }) => id)).toEqual(["a", "b", "c"]);
});

test.each([
  ["the driver that made it", [FOREIGN, running("b")], running("b")],
  ["nothing where it is down", [{}, {}], {}],
  ["what is foreign to every driver", [FOREIGN, FOREIGN], FOREIGN],
])("findDeployment() answers by %s", async (_, answers, expected) => {
  const found = await findDeployment(HOME, "b", over(...answers.map((answer) => new StandInDriver({ b: answer }))));

  expect(found.running?.id).toBe(expected.running?.id);
  expect(found.unusable).toBe(expected.unusable);
});

test.each([
  ["by the driver to which it is not foreign, also while it is only coming up", [FOREIGN, {}], [[], ["end b"]]],
  ["by a driver that will say why not, where it is foreign to all", [FOREIGN, FOREIGN], [["end b"], ["end b"]]],
])("endDeployment() ends %s", async (_, answers, expected) => {
  const drivers = answers.map((answer) => new StandInDriver({ b: answer }));

  await endDeployment(HOME, "b", { takeOver: false, drivers: over(...drivers) });

  expect(drivers.map(({ did }) => did)).toEqual(expected);
});

/** Answers what it is told to and remembers what it was asked to do. */
class StandInDriver implements Driver {
  readonly did: string[] = [];
  readonly #found: Readonly<Record<string, Found>>;
  readonly #runs: boolean;

  constructor(found: Readonly<Record<string, Found>>, { runs = true } = {}) {
    this.#found = found;
    this.#runs = runs;
  }

  runs(): boolean {
    return this.#runs;
  }

  async find(_home: string, name: string): Promise<Found> {
    return this.#found[name] ?? {};
  }

  async survey(): Promise<{ running: Deployment[]; unusable: [] }> {
    return { running: Object.values(this.#found).flatMap(({ running }) => running ?? []), unusable: [] };
  }

  async up({ recipe }: Parameters<Driver["up"]>[0]): Promise<Deployment> {
    this.did.push(`up ${recipe.subject}`);
    return toyDeployment();
  }

  async end(_home: string, name: string): Promise<void> {
    this.did.push(`end ${name}`);
  }
}

function over(...drivers: readonly Driver[]): readonly (() => Promise<Driver>)[] {
  return drivers.map((driver) => async () => driver);
}

function running(id: string): Found {
  return { running: { ...toyDeployment(), id } };
}
