/** Where the toy runs: real servers on free ports that can be killed, hung and started again at the same address. */

import * as v from "valibot";
import { type BoundAction, defineAction } from "../../src/core/subject/action.ts";
import type { DeployedComponent } from "../../src/core/system/process.ts";
import { ActionError } from "../../src/core/text/errors.ts";
import type { ComponentId } from "../../src/core/words/ids.ts";

interface Endpoint {
  readonly name: string;
  readonly port: number;
  server: ReturnType<typeof serve> | undefined;
  hung: boolean;
  pretends: boolean;
}

/** A toy system on this machine. */
export class Endpoints implements AsyncDisposable {
  readonly #endpoints: readonly Endpoint[];
  /** How often a component was started by the action. */
  starts = 0;

  constructor(count: number) {
    this.#endpoints = Array.from({ length: count }, (_, index) => {
      const endpoint: Endpoint = { name: `${index + 1}`, port: 0, server: undefined, hung: false, pretends: false };
      const server = serve(endpoint, 0);
      return Object.assign(endpoint, { server, port: server.port });
    });
  }

  get config(): { readonly endpoints: readonly { readonly name: string; readonly address: string }[] } {
    return { endpoints: this.#endpoints.map(({ name, port }) => ({ name, address: `127.0.0.1:${port}` })) };
  }

  /** As a deployment would list them. */
  get components(): readonly DeployedComponent[] {
    return this.#endpoints.map(({ name, port }) => ({
      id: `endpoint/${name}`,
      kind: "endpoint",
      address: `127.0.0.1:${port}`,
      linkAddresses: [],
    }));
  }

  async kill(id: ComponentId): Promise<void> {
    const endpoint = this.#find(id);
    await endpoint.server?.stop(true);
    endpoint.server = undefined;
  }

  hang(id: ComponentId): void {
    this.#find(id).hung = true;
  }

  /** From now on all of them say that they stand in for others. */
  pretend(): void {
    for (const endpoint of this.#endpoints) endpoint.pretends = true;
  }

  start(id: ComponentId): void {
    const endpoint = this.#find(id);
    if (endpoint.server) throw new ActionError(`Cannot start "${id}": it runs, expected it to be down`);
    endpoint.server = serve(endpoint, endpoint.port);
    this.starts += 1;
  }

  runs(id: ComponentId): boolean {
    return this.#find(id).server !== undefined;
  }

  /** What a deployment offers; `helps` is false of an action that says it worked and did nothing. */
  actions({ helps = true } = {}): ReadonlyMap<string, BoundAction> {
    let pretends = false;
    const start = defineAction({
      id: "start-component",
      description: "Start a component that should be there and is not.",
      risk: "reversible",
      input: v.object({ component: v.pipe(v.string(), v.startsWith("endpoint/")) }),
      fixes: ({ mechanism, component }) => (mechanism === "crash" ? { component: component.id } : undefined),
      preview: ({ component }) => ({
        sends: `start ${component}`,
        expectedEffect: "it answers again",
        entities: [idOf(component)],
        stops: [],
      }),
      run: async (endpoints: Endpoints, { component }) => {
        if (helps) endpoints.start(idOf(component));
        else pretends = true;
        return `Started ${component}`;
      },
      postCondition: async (endpoints, { component }) => pretends || endpoints.runs(idOf(component)),
    });
    const stop = defineAction({
      id: "stop-component",
      description: "Stop a component, and others with it where they are named.",
      risk: "disruptive",
      input: v.object({
        component: v.pipe(v.string(), v.startsWith("endpoint/")),
        with: v.optional(v.pipe(v.number(), v.description("Number of another one that goes down with it."))),
      }),
      preview: ({ component }) => ({
        sends: `stop ${component}`,
        expectedEffect: "it does not run",
        entities: [idOf(component)],
        stops: [idOf(component)],
      }),
      run: async (endpoints: Endpoints, { component, with: other }) => {
        await endpoints.kill(idOf(component));
        if (other !== undefined) await endpoints.kill(`endpoint/${other}`);
        return `Stopped ${component}`;
      },
      postCondition: async (endpoints, { component }) => !endpoints.runs(idOf(component)),
      capture: async (endpoints, { component }) => ({ ran: endpoints.runs(idOf(component)) }),
      undo: async (endpoints, { component }, { captured }) => {
        if (Bun.deepEquals(captured, { ran: true })) endpoints.start(idOf(component));
        return `Started ${component} again`;
      },
    });
    return new Map([start, stop].map((action) => [action.id, action.bind(this)]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#endpoints.map(({ server }) => server?.stop(true)));
  }

  #find(id: ComponentId): Endpoint {
    const endpoint = this.#endpoints.find(({ name }) => `endpoint/${name}` === id);
    if (endpoint) return endpoint;
    throw new ActionError(
      `Cannot find "${id}": there is none, expected endpoint/1 to endpoint/${this.#endpoints.length}`,
    );
  }
}

function serve(endpoint: Endpoint, port: number) {
  const startedAtMs = Date.now();
  return Bun.serve({
    hostname: "127.0.0.1",
    port,
    fetch() {
      if (endpoint.hung) return new Promise<Response>(() => {});
      return Response.json({ startedAtMs }, { headers: endpoint.pretends ? { "x-pretends": "toy" } : {} });
    },
  });
}

function idOf(component: string): ComponentId {
  return `endpoint/${component.slice("endpoint/".length)}`;
}
