/** Inspections of a store: what PD knows of it, its settings, and what comes back on its status port, byte for byte. */

import { type Inspection, jsonOf } from "../../../core/subject/inspection.ts";
import { ProbeError } from "../../../core/text/errors.ts";
import type { ComponentId } from "../../../core/words/ids.ts";
import { transcribe } from "../../../io/system/tcp.ts";
import type { TikvClient } from "../client/client.ts";
import { readConfig } from "../client/status-client.ts";

type StoreInspection = Inspection<Pick<TikvClient, "pd" | "timeoutMs">>;

const isStore: StoreInspection["appliesTo"] = (component) => component.startsWith("store/");

const state: StoreInspection = {
  id: "state",
  description: "What PD knows of the store.",
  cost: "cheap",
  timeoutMs: 3000,
  appliesTo: isStore,
  read: async ({ pd }, component, signal) => jsonOf(await pd.raw(`/store/${numberOf(component)}`, signal)),
};

const config: StoreInspection = {
  id: "config",
  description: "The settings that the store runs with.",
  cost: "cheap",
  timeoutMs: 3000,
  appliesTo: isStore,
  compared: "changes",
  async read(client, component, signal) {
    const address = await statusAddressOf(client, component, signal);
    return jsonOf(await readConfig({ address, timeoutMs: client.timeoutMs, signal }));
  },
};

const transcript: StoreInspection = {
  id: "transcript",
  description:
    "One probe of the status port in detail: when it connected, when the first byte came, and the raw bytes.",
  cost: "cheap",
  timeoutMs: 3000,
  appliesTo: isStore,
  async read(client, component, signal) {
    const address = await statusAddressOf(client, component, signal);
    const send = `GET /status HTTP/1.1\r\nHost: ${address}\r\nConnection: close\r\n\r\n`;
    return { ...(await transcribe(address, { send, signal: AbortSignal.any([signal, AbortSignal.timeout(800)]) })) };
  },
};

/** Of a store. */
export const storeInspections: readonly StoreInspection[] = [state, config, transcript];

function numberOf(component: ComponentId): string {
  return component.slice("store/".length);
}

async function statusAddressOf(
  { pd }: Pick<TikvClient, "pd">,
  component: ComponentId,
  signal: AbortSignal,
): Promise<string> {
  const { statusAddress } = await pd.store(numberOf(component), signal);
  if (statusAddress === "") throw new ProbeError(`Cannot ask ${component}: PD has no status address of it`);
  return statusAddress;
}
