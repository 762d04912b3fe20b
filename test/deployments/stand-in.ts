/** A small cluster of a real Redis and of nodes that do nothing but ask it, for tests of whatever runs clusters. */

import type { Folder } from "../../src/deployments/local/folder/folder.ts";
import type { PlannedProcess, Recipe, Site } from "../../src/deployments/recipe.ts";
import { takeFreePort } from "../../src/io/system/tcp.ts";

/** Serves `/ready`: 200 if Redis answers a PING at the address it was given, else 503. */
const NODE = `
  const [port, redis, stubborn] = process.argv.slice(-3);
  const ping = () => new Promise((resolve) => {
    setTimeout(resolve, 300, false);
    const [hostname, at] = redis.split(":");
    Bun.connect({ hostname, port: Number(at), socket: {
      open: (socket) => void socket.write("PING\\r\\n"),
      data: (socket) => (resolve(true), socket.end()),
      close: () => resolve(false),
    } }).catch(() => resolve(false));
  });
  Bun.serve({ hostname: "127.0.0.1", port: Number(port), fetch: async () =>
    new Response("", { status: stubborn === "no" && (await ping()) ? 200 : 503 }) });
  console.log("listening on " + port);
`;

/** How the stand-in differs from a healthy one of two nodes. */
export interface StandInOptions {
  readonly nodes?: number;
  /** `never-ready` nodes answer 503 for ever. */
  readonly stubborn?: "no" | "never-ready";
}

/** A recipe that can be planned without a driver. */
export type LocalRecipe = Recipe & Required<Pick<Recipe, "local">>;

/** The recipe of the stand-in. */
export function standIn({ nodes = 2, stubborn = "no" }: StandInOptions = {}): LocalRecipe {
  return {
    subject: "stand-in",
    settings: { limit: "5" },
    local(site) {
      const redis = redisProcess(site);
      const numbers = Array.from({ length: nodes }, (_, index) => index + 1);
      const links = numbers.map((number) => ({
        from: `node/${number}` as const,
        to: redis.id,
        address: `127.0.0.1:${site.takePort()}`,
        target: redis.address,
      }));
      return {
        processes: [redis, ...links.map(({ from, address }) => nodeProcess(from, [address, stubborn], site))],
        links,
      };
    },
  };
}

/** A site for tests that plan without bringing up. */
export function testSite(
  { secret: secretFile }: Pick<Folder, "secret"> = { secret: (name) => `/secrets/${name}` },
): Site {
  return { takePort: takeFreePort, operator: ["operator"], program: (name) => name, secretFile };
}

function redisProcess(site: Site): PlannedProcess {
  const port = site.takePort();
  return {
    id: "redis/main",
    kind: "redis",
    address: `127.0.0.1:${port}`,
    command: [site.program("redis-server", "install it"), "--port", String(port), "--bind", "127.0.0.1", "--save", ""],
    ready: { by: "redis" },
    after: [],
    files: { "note.txt": "kept in the working folder" },
  };
}

function nodeProcess(id: PlannedProcess["id"], args: readonly string[], site: Site): PlannedProcess {
  const port = site.takePort();
  return {
    id,
    kind: "node",
    address: `127.0.0.1:${port}`,
    command: [process.execPath, "-e", NODE, "--", String(port), ...args],
    ready: { by: "http", path: "/ready" },
    after: ["redis/main"],
    files: {},
  };
}
