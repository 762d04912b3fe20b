/** A deployment supervised by the test's own process, where its coverage is seen. */

import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Deployment, type Links, type Processes, powerOf } from "../../src/deployments/deployment.ts";
import { type Folder, folderOf } from "../../src/deployments/local/folder/folder.ts";
import { supervise } from "../../src/deployments/local/supervisor/supervisor.ts";
import { openDeployment } from "../../src/deployments/mod.ts";
import { type LocalRecipe, testSite } from "./stand-in.ts";

/** A running deployment and what is around it. */
export interface Running extends AsyncDisposable {
  readonly deployment: Deployment;
  readonly processes: Processes;
  readonly links: Links;
  readonly home: string;
  readonly folder: Folder;
  /** Components in the order in which they became ready. */
  readonly ready: readonly string[];
  /** Tells the supervisor to end, and waits until it has. */
  stop(): Promise<void>;
}

/** Brings a recipe up under the name "toy". */
export async function runHere({ subject, settings, secrets, local }: LocalRecipe): Promise<Running> {
  const home = mkdtempSync(join(tmpdir(), "operator-"));
  const folder = folderOf(home, "toy");
  const ending = new AbortController();
  const ready: string[] = [];
  const up = Promise.withResolvers<void>();
  const supervised = supervise(
    { name: "toy", subject, settings: { ...settings }, ...local(testSite(folder)) },
    {
      folder,
      id: randomUUID(),
      secrets: secrets?.() ?? {},
      signal: ending.signal,
      onReady: (id) => ready.push(id),
      onUp: up.resolve,
    },
  );
  await Promise.race([up.promise, supervised]);
  async function stop(): Promise<void> {
    ending.abort();
    await supervised;
  }
  const deployment = await openDeployment(home);
  return {
    deployment,
    processes: powerOf(deployment, "processes"),
    links: powerOf(deployment, "links"),
    home,
    folder,
    ready,
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      rmSync(home, { recursive: true });
    },
  };
}
