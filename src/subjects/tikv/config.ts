/** What the watcher is told about a TiKV cluster: where PD is, and which stores should be there. */

import * as v from "valibot";
import { DurationMs } from "../../core/text/units.ts";

const Address = v.pipe(
  v.string(),
  v.transform((text) => text.trim().replace(/\/+$/, "")),
  v.check(isBase, 'Cannot use address, expected "host:port" or "http://host:port"'),
);

const PdEndpoint = v.pipe(
  v.strictObject({
    /** Its name; without one it is called by its address. */
    id: v.optional(
      v.pipe(v.string(), v.regex(/^[\w.-]+$/, 'Cannot use PD name, expected letters, digits, "." and "-"')),
    ),
    address: Address,
  }),
  v.transform(({ id, address }) => ({ id: id ?? address.replace(/^https?:\/\//, ""), address })),
);

/** The form in which a person writes members: `10.0.0.1:2379,10.0.0.2:2379`, with names `pd0=10.0.0.1:2379`. */
const PdText = v.pipe(
  v.string(),
  v.transform((text) =>
    text.split(",").map((member) => {
      const [first = "", second] = member.trim().split("=");
      return second === undefined ? { address: first } : { id: first, address: second };
    }),
  ),
);

const ExpectedStore = v.strictObject({
  /** As PD numbers it. */
  id: v.pipe(v.string(), v.regex(/^[1-9]\d*$/, "Cannot use store id, expected a number of PD's")),
  /** `host:port` of the status port. */
  address: v.pipe(v.string(), v.check(isBase, 'Cannot use store address, expected "host:port"')),
});

/** The form in which a person writes stores: `1=10.0.0.1:20180,4=10.0.0.2:20180`. */
const StoresText = v.pipe(
  v.string(),
  v.transform((text) =>
    text.split(",").map((store) => {
      const [id = "", address = ""] = store.trim().split("=");
      return { id, address };
    }),
  ),
);

const ProbeTimeout = v.pipe(
  DurationMs,
  v.minValue(1, 'Cannot wait for no time at all, expected at least "1ms"'),
  v.maxValue(60_000, 'Cannot wait that long for one probe, expected at most "1m"'),
);

/** Endpoints and expectations. Everything can be written as text, too. */
export const TikvConfig = v.strictObject({
  /** Client addresses of PD; all of them are tried. */
  pd: v.pipe(
    v.union([v.array(v.unknown()), PdText]),
    v.array(PdEndpoint),
    v.minLength(1, "Cannot watch no PD, expected at least one"),
    v.check((members) => areUnlike(members.map(({ address }) => address)), "Cannot use one PD address twice"),
    v.check((members) => areUnlike(members.map(({ id }) => id)), "Cannot use one PD name twice"),
  ),
  /** Stores that should be there, by status port. @default those that PD has registered */
  stores: v.optional(
    v.pipe(
      v.union([v.array(v.unknown()), StoresText]),
      v.array(ExpectedStore),
      v.check((stores) => areUnlike(stores.map(({ id }) => id)), "Cannot use one store id twice"),
    ),
  ),
  /** Where PD's and TiKV's metrics are kept. @default they are read from PD and the stores themselves */
  prometheus: v.optional(
    v.pipe(v.string(), v.check(isHttpBase, 'Cannot use Prometheus address, expected "http://host:port"')),
  ),
  /** Over how long rates and quantiles are computed: at least four scrapes. */
  metricsWindow: v.optional(DurationMs, "1m"),
  /** How long a store's status port may take; PD's calls may take four times as long. */
  probeTimeout: v.optional(ProbeTimeout, "1s"),
});

/** Endpoints and expectations. */
export type TikvConfig = v.InferOutput<typeof TikvConfig>;

function areUnlike(texts: readonly string[]): boolean {
  return new Set(texts).size === texts.length;
}

/** Without a path: PD's own are added to it. */
function isBase(address: string): boolean {
  const url = URL.parse(/^https?:\/\//.test(address) ? address : `http://${address}`);
  const hasPort = /:\d{1,5}$/.test(address) && url !== null && url.port !== "0";
  return hasPort && url.pathname === "/" && url.search === "" && url.hash === "";
}

function isHttpBase(address: string): boolean {
  const url = URL.parse(address);
  return url !== null && /^https?:$/.test(url.protocol) && !/[?#]/.test(address);
}
