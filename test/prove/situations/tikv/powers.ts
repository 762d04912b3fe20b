/** What situations may do to a cluster: to its processes and PDs, and beside them by hand. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setPdCauses } from "../../../../src/emulators/tikv/control.ts";
import type { EmulatedFile } from "../../../../src/emulators/tikv/run.ts";
import { systemClock } from "../../../../src/io/clock.ts";
import { TikvLab } from "../../../../src/subjects/tikv/lab/client.ts";
import { startTraffic } from "../../../../src/trials/traffic.ts";
import type { OperatorPowers, PowersOptions } from "../lab.ts";

/** Power over one cluster. */
export interface ClusterPowers extends AsyncDisposable {
  readonly lab: TikvLab;
  /** Lets something else answer at an address, until it is disposed. */
  readonly strangerAt: (address: string, stranger: Stranger) => AsyncDisposable;
  /** Starts a store by hand that registers with PD; disposing has PD remove it, and ends it. */
  readonly strayStore: (id: number, signal: AbortSignal) => Promise<AsyncDisposable>;
  /** Puts a proxy in front of a PD that forbids everything, until it is disposed. */
  readonly forbid: (pd: string, signal: AbortSignal) => Promise<AsyncDisposable>;
}

/** What situations of a cluster may do. */
export type TikvPowers = ClusterPowers & OperatorPowers;

/** What answers in the place of a store: a page of some other service, or the status port of another store. */
export type Stranger = "page" | "other-store";

/** Takes hold of a running cluster, with its ordinary traffic under way. */
export function tikvPowers({ lab: info, open, processes, home, seed }: PowersOptions): ClusterPowers {
  const { deployment } = open;
  const lab = new TikvLab(deployment);
  const traffic = startTraffic({ lab: info, deployment, clock: systemClock, seed, check: false });
  return {
    lab,
    strangerAt(address, stranger) {
      const [hostname = "", port] = address.split(":");
      const server = Bun.serve({ hostname, port: Number(port), fetch: (request) => answerOf(stranger, request) });
      return { [Symbol.asyncDispose]: () => server.stop(true) };
    },
    async strayStore(id, signal) {
      const folder = mkdtempSync(join(home, "stray-"));
      mkdirSync(folder, { recursive: true });
      const file = join(folder, "emulated.json");
      const pd = lab.pds.map(({ address }) => address);
      const [address, statusAddress] = [await freeAddress(), await freeAddress()];
      const told: EmulatedFile = { role: "store", id, address, statusAddress, pd, links: {}, peerDownSeconds: 30 };
      writeFileSync(file, JSON.stringify(told));
      const store = processes.start("emulate-tikv", "--file", file);
      while (!(await isRegistered(lab, id, signal))) await systemClock.sleep(100, signal);
      return {
        async [Symbol.asyncDispose]() {
          await lab.pd.change({ method: "DELETE", path: `/store/${id}` }, signal);
          while (await isRegistered(lab, id, signal)) await systemClock.sleep(100, signal);
          await store[Symbol.asyncDispose]();
          await lab.pd.change({ method: "DELETE", path: "/stores/remove-tombstone" }, signal);
          rmSync(folder, { recursive: true });
        },
      };
    },
    async forbid(pd, signal) {
      const { address } = lab.component(pd);
      await setPdCauses(address, { forbidsClients: true }, signal);
      return {
        async [Symbol.asyncDispose]() {
          await setPdCauses(address, { forbidsClients: false }, signal);
        },
      };
    },
    async [Symbol.asyncDispose]() {
      await traffic[Symbol.asyncDispose]();
      await lab[Symbol.asyncDispose]();
    },
  };
}

function answerOf(stranger: Stranger, request: Request): Response {
  if (stranger === "page") {
    return new Response("<html><body>It works!</body></html>", { headers: { "content-type": "text/html" } });
  }
  const { pathname } = new URL(request.url);
  if (pathname === "/status") return new Response(null);
  return Response.json({ server: { addr: OTHER_STORE, "advertise-addr": OTHER_STORE } });
}

/** Of the addresses that documentation may use. */
const OTHER_STORE = "192.0.2.7:20160";

async function isRegistered(lab: TikvLab, id: number, signal: AbortSignal): Promise<boolean> {
  return (await lab.pd.stores(signal)).some((store) => store.id === String(id));
}

async function freeAddress(): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const server = createServer();
  server.once("error", reject);
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    server.close(() => resolve(`127.0.0.1:${port}`));
  });
  return await promise;
}
