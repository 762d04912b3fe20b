/** The subjects that the contract is held against: each registered one, and the toy, with something alive behind them. */

import type { Subject } from "../../src/core/subject/subject.ts";
import type { ComponentId } from "../../src/core/words/ids.ts";
import type { Lab } from "../../src/deployments/lab.ts";
import { ratelimiterLab } from "../../src/subjects/ratelimiter/lab/mod.ts";
import { ratelimiter } from "../../src/subjects/ratelimiter/mod.ts";
import { tikvLab } from "../../src/subjects/tikv/lab/mod.ts";
import { tikv } from "../../src/subjects/tikv/mod.ts";
import { startEmulated } from "../emulators/tikv/emulated-cluster.ts";
import { Endpoints } from "../toy/endpoints.ts";
import { toyLab } from "../toy/lab.ts";
import { toy } from "../toy/subject/mod.ts";
import { startCluster } from "./ratelimiter/cluster.ts";

/** A subject on trial. */
export interface Trial {
  readonly subject: Subject;
  readonly lab: Lab;
  /** A configuration behind which nothing is. */
  readonly dead: unknown;
  readonly start: () => Promise<Alive>;
}

/** A live system of a subject. */
export interface Alive extends AsyncDisposable {
  readonly config: unknown;
  /** Kills one component for good. */
  kill(): Promise<ComponentId>;
}

/** By the subjects' ids. */
export const TRIALS: ReadonlyMap<string, Trial> = new Map([
  [
    "tikv",
    {
      subject: tikv,
      lab: tikvLab,
      dead: { pd: [{ id: "pd0", address: "127.0.0.1:1" }] },
      start: aliveTikv,
    },
  ],
  [
    "ratelimiter",
    {
      subject: ratelimiter,
      lab: ratelimiterLab,
      dead: { nodes: [{ id: "1", address: "127.0.0.1:1" }], redis: "redis://127.0.0.1:1" },
      start: aliveLimiter,
    },
  ],
  [
    "toy",
    {
      subject: toy,
      lab: toyLab(new Endpoints(0)),
      dead: { endpoints: [{ name: "1", address: "127.0.0.1:1" }] },
      start: aliveToy,
    },
  ],
]);

async function aliveLimiter(): Promise<Alive> {
  const cluster = await startCluster();
  return {
    config: cluster.config,
    async kill() {
      await cluster.nodes[1]?.service.stop();
      return "node/2";
    },
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}

async function aliveTikv(): Promise<Alive> {
  const cluster = await startEmulated();
  return {
    config: cluster.config,
    async kill() {
      await cluster.stores.get(4)?.[Symbol.asyncDispose]();
      return "store/4";
    },
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}

async function aliveToy(): Promise<Alive> {
  const endpoints = new Endpoints(3);
  return {
    config: endpoints.config,
    async kill() {
      await endpoints.kill("endpoint/2");
      return "endpoint/2";
    },
    [Symbol.asyncDispose]: () => endpoints[Symbol.asyncDispose](),
  };
}
