/** Where requests go. */

import * as v from "valibot";

/** One address that takes requests. */
export interface Target {
  readonly host: string;
  readonly port: number;
  /** `host:port`, as in the `Host` field and in reports. */
  readonly authority: string;
}

/** A target from `http://host:port` or `host:port`; plain HTTP, since raw sockets are the point. */
export const TargetAddress: v.GenericSchema<string, Target> = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const text = dataset.value.includes("://") ? dataset.value : `http://${dataset.value}`;
    const url = URL.parse(text);
    if (url?.protocol === "http:" && url.port !== "0" && url.pathname === "/" && !url.search && !url.username) {
      const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
      return { host, port: Number(url.port || 80), authority: url.host };
    }
    addIssue({ message: `Cannot send to "${dataset.value}", expected "http://host:port"` });
    return NEVER;
  }),
);
