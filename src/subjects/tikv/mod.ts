/** A TiKV cluster, as a subject. */

import { defineSubject, type ScrapeTarget, type Subject } from "../../core/subject/subject.ts";
import type { Picture } from "../../core/system/picture.ts";
import { actions } from "./actions/mod.ts";
import { TikvClient } from "./client/client.ts";
import { TikvConfig } from "./config.ts";
import { pdInspections } from "./inspections/pd.ts";
import { storeInspections } from "./inspections/store.ts";
import { invariants } from "./invariants/mod.ts";
import { parseLog } from "./logs/log-events.ts";
import { METRICS } from "./metrics/questions.ts";
import { model } from "./model.ts";
import { probes } from "./probes/mod.ts";
import { hostPort, topology } from "./topology.ts";
import { vocabulary } from "./vocabulary.ts";

/** Stores that replicate regions of keys among themselves, and PD, which decides where they lie. */
export const tikv: Subject = defineSubject({
  id: "tikv",
  description:
    "A distributed key-value database: keys are cut into regions, each replicated on several stores and led by one of them. PD keeps the register of stores and regions, gives timestamps and moves leaders and replicas.",
  vocabulary,
  config: TikvConfig,
  connect: (config) => Promise.resolve(new TikvClient(config)),
  isEmulated: ({ pd }, signal) => pd.isEmulated(signal),
  probes,
  topology,
  model,
  invariants,
  actions,
  inspections: [...pdInspections, ...storeInspections],
  register: { probe: "stores", kind: "store" },
  metricsUrl: ({ prometheus }) => prometheus,
  scrapes,
  metrics: METRICS,
  logs: parseLog,
});

/** Stores that are scraped at most: PD's page alone is 15 MB for 1,000 of them, which is a Prometheus' work. */
const MOST_SCRAPED = 50;

function scrapes({ pd, stores }: TikvConfig, known: Picture | undefined): readonly ScrapeTarget[] {
  const pds = pd.map(({ id, address }) => ({
    component: `pd/${id}` as const,
    url: `http://${hostPort(address)}/metrics`,
  }));
  const seen = known?.components.flatMap(({ id, kind, address }) =>
    kind === "store" && address !== undefined ? [{ id, address }] : [],
  );
  const told = stores?.map(({ id, address }) => ({ id: `store/${id}` as const, address }));
  const all = (seen?.length ? seen : told) ?? [];
  if (all.length > MOST_SCRAPED) return [];
  return [...pds, ...all.map(({ id, address }) => ({ component: id, url: `http://${address}/metrics` }))];
}
