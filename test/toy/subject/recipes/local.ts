/** How the toy is run on this machine, what its watcher is told, and what traffic it takes. */

import * as v from "valibot";
import { Count } from "../../../../src/core/text/units.ts";
import type { Deployed, Flags, MakeWorkload } from "../../../../src/deployments/lab.ts";
import type { Recipe, Site } from "../../../../src/deployments/recipe.ts";

const SERVER = `
  const startedAtMs = Date.now();
  const [port, pretends] = process.argv.slice(-2);
  const headers = pretends === "true" ? { "x-pretends": "toy" } : {};
  Bun.serve({ hostname: "127.0.0.1", port: Number(port), fetch: () => Response.json({ startedAtMs }, { headers }) });
  console.log("serving");
`;

/** Flags of `operator up toy`. */
export const toyUp: Flags<Recipe> = v.pipe(
  v.object({
    endpoints: v.optional(
      v.pipe(Count, v.minValue(1, "Cannot run less than 1 endpoint"), v.description("How many endpoints")),
      "2",
    ),
    pretend: v.optional(
      v.pipe(v.boolean(), v.description("Whether it counts as one that stands in for another")),
      false,
    ),
  }),
  v.transform(({ endpoints, pretend }) => ({
    subject: "toy",
    settings: { endpoints: String(endpoints), ...(pretend && { emulated: "toy" }) },
    local: (site: Site) => ({
      processes: Array.from({ length: endpoints }, (_, index) => endpointProcess(index + 1, { site, pretend })),
      links: [],
    }),
  })),
);

/** Flags of `operator load` for the toy. */
export const toyLoad: Flags<MakeWorkload> = v.pipe(
  v.object({
    path: v.optional(v.pipe(v.string(), v.description("What is asked for"), v.metadata({ hint: "path" })), "/"),
  }),
  v.transform(({ path }): MakeWorkload => {
    return () => ({
      id: "asking",
      outcomes: ["answered"],
      request: () => ({ method: "GET", path }),
      read: ({ answer }) => ({ outcome: "answered", correct: answer.status === 200, degraded: false }),
    });
  }),
);

/** The configuration of the toy that a deployment runs. */
export function toyEndpoints({ components }: Deployed): unknown {
  return { endpoints: components.map(({ id, address }) => ({ name: id.slice("endpoint/".length), address })) };
}

function endpointProcess(number: number, { site, pretend }: { readonly site: Site; readonly pretend: boolean }) {
  const port = site.takePort();
  return {
    id: `endpoint/${number}` as const,
    kind: "endpoint",
    address: `127.0.0.1:${port}`,
    command: [process.execPath, "-e", SERVER, "--", String(port), String(pretend)],
    ready: { by: "http" as const, path: "/" },
    after: [],
    files: {},
  };
}
