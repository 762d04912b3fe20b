/** Numbers as Go programs print them: PD writes sizes and durations as text, and some of its switches, too. */

import * as v from "valibot";

const BYTES_PER_UNIT: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
  PiB: 1024 ** 5,
  EiB: 1024 ** 6,
};

const MS_PER_UNIT: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Bytes from `98.3GiB`; four figures at most, as docker/go-units writes them (`BytesSize`). */
export const GoSize = v.pipe(
  v.string(),
  v.rawTransform<string, number>(({ dataset, addIssue, NEVER }) => {
    const { number, unit = "" } =
      /^(?<number>\d+(?:\.\d+)?(?:e\+?\d+)?)(?<unit>[KMGTPE]iB|B)$/.exec(dataset.value)?.groups ?? {};
    const factor = BYTES_PER_UNIT[unit];
    if (number !== undefined && factor !== undefined) return Math.round(Number(number) * factor);
    addIssue({ message: `Cannot read size "${dataset.value}", expected text such as "98.3GiB"` });
    return NEVER;
  }),
);

/** Milliseconds from `1h0m0.5s` or `451.097353ms`, as Go's `time.Duration` prints itself. */
export const GoDurationMs = v.pipe(
  v.string(),
  v.rawTransform<string, number>(({ dataset, addIssue, NEVER }) => {
    const ms = goDurationMs(dataset.value);
    if (ms !== undefined) return ms;
    addIssue({ message: `Cannot read duration "${dataset.value}", expected text such as "1h0m0.5s"` });
    return NEVER;
  }),
);

/** A switch of the sections `schedule`, `replication` and `pd-server`, which PD writes as text. */
export const GoSwitch = v.pipe(
  v.union([v.boolean(), v.picklist(["true", "false"])]),
  v.transform((value) => value === true || value === "true"),
);

function goDurationMs(text: string): number | undefined {
  if (!/^-?(?:0|(?:\d+(?:\.\d+)?(?:ns|us|µs|μs|ms|s|m|h))+)$/.test(text)) return undefined;
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|μs|ms|s|m|h)/g);
  const ms = [...parts].reduce((sum, [, number, unit = ""]) => sum + Number(number) * (MS_PER_UNIT[unit] ?? 0), 0);
  return text.startsWith("-") ? -ms : ms;
}
