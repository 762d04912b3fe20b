/** What names of quantities and of components tell, where nobody says it otherwise. */

import type { Signal } from "../../system/picture.ts";

/** What the name of a quantity tells. */
export interface NamedQuantity {
  readonly signal: Signal;
  /** Of a share of requests that fail or succeed. */
  readonly unit?: "percent" | "ratio";
  /** Whether it is a share of requests that succeed. */
  readonly isGood?: boolean;
  readonly isCounter: boolean;
  /** Whether any word of the name is known. */
  readonly isKnown: boolean;
}

/** The first that fits counts: what limits a resource is of that resource, and a host's figures are the host's. */
const WORDS: readonly (readonly [Signal, RegExp])[] = [
  ["node", /^(node|host|machine|instance)$/],
  [
    "error",
    /^(errors?|err|fail(s|ed|ures?)?|availability|success(es|ful)?|exceptions?|faults?|5xx|4xx|rejected|refused|dropped|drops|timeouts?)$/,
  ],
  [
    "latency",
    /^(latency|latencies|duration|delay|elapsed|rtt|response|p50|p75|p90|p95|p99|p999|quantile|wait|waiting)$/,
  ],
  ["cpu", /^(cpu|cpus|processor|load1|load5|load15)$/],
  ["memory", /^(mem|memory|heap|rss|ram|swap|oom|diskcache)$/],
  [
    "io",
    /^(io|iops|disk|fs|filesystem|syscalls?|syscallread|syscallwrite|gc|throttl(ed|ing|es?)|restarts?|read|reads|write|writes|blkio|fsync)$/,
  ],
  ["network", /^(net|network|rx|tx|bandwidth|socket|sockets|tcp|packets?|receive|received|transmit|transmitted)$/],
  ["traffic", /^(requests?|req|rps|qps|ops|workload|traffic|calls?|count|throughput|hits|load)$/],
];
const GOOD = /^(availability|success(es|ful)?)$/;
const PERCENT = /^(percent|pct|percentage)$/;
const RATIO = /^(ratio|share|fraction)$/;
const COUNTER = /(^|_)(total|count|sum|bucket)$/i;

/** Reads a name such as `cpu_usage`, `PodServerLatencyP95(s)` or `latency-90`. A name that says nothing is of traffic. */
export function namedQuantity(name: string): NamedQuantity {
  const words = wordsOf(name);
  const found = WORDS.find(([, pattern]) => words.some((word) => pattern.test(word)))?.[0];
  const signal = found ?? "traffic";
  const isGood = signal === "error" && words.some((word) => GOOD.test(word));
  const isPercent = name.includes("%") || words.some((word) => PERCENT.test(word));
  const isRatio = words.some((word) => RATIO.test(word));
  const unit = signal === "error" ? shareUnit({ isPercent, isRatio }) : undefined;
  return {
    signal,
    ...(unit && { unit }),
    ...(isGood && { isGood }),
    isCounter: COUNTER.test(name),
    isKnown: found !== undefined,
  };
}

/** Whether one word is a signal's name by itself. */
export function isSignalWord(word: string): boolean {
  return WORDS.some(([signal, pattern]) => signal !== "node" && pattern.test(word.toLowerCase()));
}

/**
 * Whether a name is that of a peer as its callers see it, which does not tell its own name: it ends in `_remote` or
 * `_client`, or is or contains a URL, an IP address or a host name of three or more parts.
 */
export function isCallersView(component: string): boolean {
  return /[_-](remote|client)$/i.test(component) || /:\/\//.test(component) || HOST_NAME.test(component);
}

const HOST_NAME = /(^|[^\w.-])[a-z\d-]+(\.[a-z\d-]+){2,}/i;

function shareUnit({ isPercent, isRatio }: { isPercent: boolean; isRatio: boolean }): "percent" | "ratio" | undefined {
  if (isPercent) return "percent";
  return isRatio ? "ratio" : undefined;
}

/** Lower-case words, split where the case changes or anything but a letter or a figure stands. */
function wordsOf(name: string): readonly string[] {
  return name
    .replaceAll(/([a-z\d])([A-Z])/g, "$1 $2")
    .split(/[^A-Za-z\d]+/)
    .filter((word) => word !== "")
    .map((word) => word.toLowerCase());
}
