/** Lines to the primaries of a Cluster, one for each, so that a failed primary affects only its own keys. */

import type { Cluster, Redis } from "ioredis";
import type { LateAnswers } from "../../../core/system/picture.ts";
import { slotOf } from "../../../io/cluster-slot.ts";
import { redisTrouble, serverOf } from "../../../io/redis.ts";
import { answersPing } from "../../../io/redis-cluster.ts";
import type { RedisTrouble } from "../../../io/redis-trouble.ts";
import type { Alone } from "../decision.ts";
import { probeName } from "./counter-names.ts";
import { OwnSlot } from "./own-slot.ts";
import { redirectCall } from "./redirect.ts";
import { type Judge, RedisPipeline } from "./redis-pipeline.ts";
import type { LinesOptions, RedisPipelines } from "./redis-pipelines.ts";

/** Connection states in which a command is sent within a moment: the first command triggers the connection. */
const CONNECTING: ReadonlySet<string> = new Set(["wait", "connecting", "connect", "ready"]);

/** Events with which a client's status may change. */
const STATUS_EVENTS = ["ready", "close", "end", "error"] as const;

/** The lines of one Cluster. */
export class ClusterLines implements RedisPipelines {
  readonly #cluster: Cluster;
  readonly #options: LinesOptions;
  readonly #judge: Judge;
  /** By `host:port` of the primary. */
  readonly #lines = new Map<string, RedisPipeline>();
  /** Milliseconds that closed lines were without their primary. */
  #pastMs = 0;
  /** Monotonic milliseconds since when no primary is known; `undefined` while one is. */
  #lostMs: number | undefined = performance.now();
  /** Monotonic milliseconds since when checks of some primary are decided without it, and the total of earlier periods. */
  #aloneSinceMs: number | undefined;
  #aloneMs = 0;
  readonly #onChange: () => void;

  constructor(cluster: Cluster, options: LinesOptions, judge: Judge) {
    this.#cluster = cluster;
    this.#options = { ...options, onChange: () => this.#noteChange() };
    this.#onChange = options.onChange;
    this.#judge = judge;
    for (const event of STATUS_EVENTS) cluster.on(event, this.#noteStatus);
    cluster.on("refresh", this.#noteRefresh);
    this.#noteAlone();
  }

  of(key: string): RedisPipeline {
    const place = this.#placeOf(slotOf(probeName(this.#options.prefix, key)));
    return this.#lines.get(place) ?? this.#begin(place);
  }

  alone(): Alone | undefined {
    if (this.#lostMs !== undefined) {
      return { sinceMs: this.#lostMs, reason: redisTrouble(this.#cluster) ?? "not-connected" };
    }
    const all = this.#primaries().flatMap(([, { breaker }]) => breaker.alone ?? []);
    return all.toSorted((a, b) => a.sinceMs - b.sinceMs)[0];
  }

  primariesAlone(): readonly string[] {
    return this.#primaries().flatMap(([place, { breaker }]) => (breaker.isClosed ? [] : [place]));
  }

  answers(): LateAnswers | undefined {
    const open = this.#primaries().filter(([, { breaker }]) => !breaker.isClosed);
    const seen = new Set(open.map(([, { answers }]) => answers.seen));
    if (seen.has(undefined)) return undefined;
    return (["none", "late", "in-time"] as const).find((one) => seen.has(one));
  }

  answersOfPrimaries(): Readonly<Record<string, LateAnswers>> {
    return Object.fromEntries(
      this.#primaries().flatMap(
        ([
          place,
          {
            answers: { seen },
          },
        ]) => (seen === undefined ? [] : [[place, seen]]),
      ),
    );
  }

  openForMs(): number {
    const sumMs = this.#primaries().reduce((sum, [, { breaker }]) => sum + breaker.openForMs, this.#pastMs);
    return Math.max(sumMs, this.aloneForMs()); // before the first contact there are no primaries
  }

  aloneForMs(): number {
    return this.#aloneMs + (this.#aloneSinceMs === undefined ? 0 : performance.now() - this.#aloneSinceMs);
  }

  /** What happens to the client from then on, such as its end, is no failure of Redis. */
  [Symbol.dispose](): void {
    for (const event of STATUS_EVENTS) this.#cluster.off(event, this.#noteStatus);
    this.#cluster.off("refresh", this.#noteRefresh);
    for (const line of this.#lines.values()) line[Symbol.dispose]();
  }

  readonly #noteStatus = (): void => {
    this.#lostMs = this.#cluster.status === "ready" ? undefined : (this.#lostMs ?? performance.now());
    this.#noteChange();
  };

  /** A primary that has lost its slots, for instance by a failover, does not count any more; one that has some is probed from then on. */
  readonly #noteRefresh = (): void => {
    const places = this.#places();
    const isClosed = this.#closeUnused(places);
    for (const place of places) if (!this.#lines.has(place)) this.#begin(place);
    if (isClosed) this.#noteChange();
  };

  /** Of the primaries of all slots. */
  #places(): ReadonlySet<string> {
    return new Set(this.#cluster.slots.flatMap((nodes) => nodes?.[0] ?? []));
  }

  #begin(place: string): RedisPipeline {
    const line = this.#open(place);
    this.#lines.set(place, line);
    this.#noteAlone();
    return line;
  }

  /** An unserved slot is not a failure of any primary. */
  #primaries(): readonly (readonly [place: string, line: RedisPipeline])[] {
    return [...this.#lines].filter(([place]) => place !== "");
  }

  /** Empty for a slot of which no primary is known. */
  #placeOf(slot: number): string {
    return this.#cluster.slots[slot]?.[0] ?? "";
  }

  #noteChange(): void {
    this.#noteAlone();
    this.#onChange();
  }

  #noteAlone(): void {
    const isAlone = this.alone() !== undefined;
    if (isAlone === (this.#aloneSinceMs !== undefined)) return;
    this.#aloneMs = this.aloneForMs();
    this.#aloneSinceMs = isAlone ? performance.now() : undefined;
  }

  /** Returns whether there was one. */
  #closeUnused(places: ReadonlySet<string>): boolean {
    const unused = [...this.#lines].filter(([place]) => !places.has(place));
    for (const [place, line] of unused) {
      if (place !== "") this.#pastMs += line.breaker.openForMs;
      line[Symbol.dispose]();
      this.#lines.delete(place);
    }
    return unused.length > 0;
  }

  #open(place: string): RedisPipeline {
    const primary = (): Redis | undefined =>
      this.#cluster.nodes("master").find(({ options: { host, port } }) => `${host}:${port}` === place);
    const connection = (): Redis | undefined => {
      const node = primary();
      return node && CONNECTING.has(node.status) ? node : undefined;
    };
    const trouble = (): RedisTrouble | undefined => {
      if (place === "" && this.#lostMs === undefined) return "slot-not-served";
      const node = primary();
      return (node && redisTrouble(node)) ?? redisTrouble(this.#cluster);
    };
    const { prefix } = this.#options;
    const own = new OwnSlot(prefix, (slot) => this.#placeOf(slot) === place);
    return new RedisPipeline(
      {
        ...this.#options,
        connection,
        trouble,
        redirect: (redirected) => redirectCall(this.#cluster, redirected),
        probeKey: (isRefused) => own.name(isRefused),
        groupOf: (key) => slotOf(probeName(prefix, key)),
        server: () => {
          const node = primary();
          return node && serverOf(node);
        },
        answers: async (withinMs) => {
          const node = primary();
          return node !== undefined && (await answersPing(node, withinMs));
        },
      },
      this.#judge,
    );
  }
}
