/** Of each recorded fault: what is proposed first is among what fixes it, and never among what only seems to. */

import { afterAll, expect, test } from "bun:test";
import { consider, type OfferedAction } from "../../../../src/actions/suggest.ts";
import type { Case } from "../../../../src/agent/case/case.ts";
import type { Checkup } from "../../../../src/core/subject/checkup.ts";
import { deploymentActions } from "../../../../src/deployments/actions.ts";
import type { Deployment, Powers } from "../../../../src/deployments/deployment.ts";
import { systemClock } from "../../../../src/io/clock.ts";
import { ratelimiterLab } from "../../../../src/subjects/ratelimiter/lab/mod.ts";
import { ratelimiter } from "../../../../src/subjects/ratelimiter/mod.ts";
import { diagnose, readBundles } from "../../../agent/bundles.ts";
import { toyDeployment } from "../../../toy/lab.ts";

const unreachable = { nodes: "1=127.0.0.1:1", redis: "redis://127.0.0.1:1" };
const session = await ratelimiter.configure(unreachable).open({ clock: systemClock });
const own = session.actions;
afterAll(() => session[Symbol.asyncDispose]());
const truths = new Map(ratelimiterLab.faults.map(({ id, truth }) => [id, truth]));

for (const bundle of await readBundles()) {
  const { fixedBy = [], decoys = [] } = truths.get(bundle.fault) ?? {};

  test(`what is proposed against ${bundle.fault} is one of ${fixedBy.join(", ") || "nothing"}`, async () => {
    const conclusion = await diagnose(bundle.case);

    const considered = consider(conclusion, checkupOf(bundle.case), offerFor(bundle.case));

    const action = "proposed" in considered ? considered.proposed.action : "";
    expect(decoys).not.toContain(action);
    if (fixedBy.length > 0) expect(fixedBy).toContain(action);
  });
}

function offerFor({ topology }: Case): { readonly actions: ReadonlyMap<string, OfferedAction>; readonly runs: [] } {
  const deployment = deploymentOf(topology);
  return { actions: new Map([...own, ...deploymentActions(deployment, { topology: () => topology })]), runs: [] };
}

/** As the local deployment has it: a link from each node to Redis, and a process for everything with an address. */
function deploymentOf(topology: Case["topology"]): Deployment {
  const components = topology.components.flatMap(({ id, kind, address }) =>
    address === undefined ? [] : [{ id, kind, address, linkAddresses: [] }],
  );
  const all = topology.links
    .filter(({ to }) => to.startsWith("redis/"))
    .map(({ from, to }) => ({ id: `${from}->${to}` as const, from, to, address: "127.0.0.1:1" }));
  const nothing = async (): Promise<void> => undefined;
  const powers: Powers = {
    processes: {
      start: nothing,
      restart: nothing,
      resume: nothing,
      stop: nothing,
      kill: nothing,
      hang: nothing,
      sends: (verb, id) => `${verb} ${id}`,
      list: async () => [],
    },
    links: { all, passes: async () => true, cut: nothing, delay: nothing, throttle: nothing, heal: nothing },
  };
  return { ...toyDeployment(), components, ...powers };
}

function checkupOf({ picture, topology, judgements, atMs }: Case): Checkup {
  return { startedAtMs: atMs, elapsedMs: 0, picture, topology, judgements, retired: [], sources: [], observation: {} };
}
