/** The environments of `compose/`, read as Compose does: merges resolved, durations and sizes in plain numbers. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { YAML } from "bun";
import * as v from "valibot";

/** Where the environments are. */
export const FOLDER: string = join(import.meta.dir, "..", "..", "compose");

const Service = v.object({
  image: v.string(),
  build: v.optional(v.object({ context: v.string(), dockerfile: v.string() })),
  profiles: v.optional(v.array(v.string()), []),
  mem_limit: v.pipe(v.string(), v.regex(/^\d+m$/)),
  command: v.optional(v.array(v.string()), []),
  environment: v.optional(v.record(v.string(), v.string()), {}),
  volumes: v.optional(v.array(v.string()), []),
  ports: v.optional(v.array(v.string()), []),
  ulimits: v.optional(v.object({ nofile: v.object({ soft: v.number(), hard: v.number() }) })),
  depends_on: v.optional(v.record(v.string(), v.object({ condition: v.string() })), {}),
  healthcheck: v.object({
    test: v.pipe(v.array(v.string()), v.minLength(2)),
    interval: v.string(),
    timeout: v.string(),
    retries: v.number(),
  }),
});

/** One service. */
export type Service = v.InferOutput<typeof Service>;

const Environment = v.object({
  services: v.record(v.string(), Service),
  volumes: v.record(v.string(), v.nullable(v.unknown())),
});

/** An environment. */
export type Environment = v.InferOutput<typeof Environment>;

/**
 * Reads one; what every service must have is refused where it is missing.
 * @throws {Error} If it is no such file.
 */
export function readEnvironment(name: string): Environment {
  return v.parse(Environment, readYaml(`${name}.yaml`));
}

/** Any file of the folder. */
export function readYaml(path: string): unknown {
  return YAML.parse(readFileSync(join(FOLDER, path), "utf8"));
}

const Scraping = v.object({
  scrape_configs: v.array(
    v.object({ job_name: v.string(), static_configs: v.array(v.object({ targets: v.array(v.string()) })) }),
  ),
});

/** What a Prometheus scrapes, by job. */
export function scrapedBy(path: string): ReadonlyMap<string, readonly string[]> {
  const { scrape_configs: jobs } = v.parse(Scraping, readYaml(path));
  return new Map(
    jobs.map(({ job_name: job, static_configs: all }) => [job, all.flatMap(({ targets }) => targets)] as const),
  );
}

const Rules = v.object({
  groups: v.array(v.object({ rules: v.array(v.object({ record: v.string(), expr: v.string() })) })),
});

/** Recording rules, by the name of what they record. */
export function recordedBy(path: string): ReadonlyMap<string, string> {
  const { groups } = v.parse(Rules, readYaml(path));
  return new Map(groups.flatMap(({ rules }) => rules.map(({ record, expr }) => [record, expr] as const)));
}

const WORDS = new Set(
  "sum min max avg count rate irate increase histogram_quantile by on without ignoring and or unless group_left bool".split(
    " ",
  ),
);

/** The metrics that an expression of PromQL reads, and the labels that it goes by. */
export function readBy(expression: string): {
  readonly metrics: readonly string[];
  readonly labels: readonly string[];
} {
  const selected = [...expression.matchAll(/\{([^}]*)\}/g)].flatMap(([, inner = ""]) =>
    [...inner.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = ""]) => label),
  );
  const grouped = [...expression.matchAll(/\b(?:by|on)\s*\(([^)]*)\)/g)].flatMap(([, inner = ""]) =>
    inner.split(",").map((label) => label.trim()),
  );
  const bare = expression.replaceAll(/\{[^}]*\}|\[[^\]]*\]|"[^"]*"/g, " ").replaceAll(/\b(?:by|on)\s*\([^)]*\)/g, " ");
  const metrics = [...bare.matchAll(/(?<![\w:.])[a-zA-Z_:][\w:]*/g)].map(([name]) => name);
  return { metrics: metrics.filter((name) => !WORDS.has(name)), labels: [...selected, ...grouped] };
}

/** Megabytes of all services together, the profiles' included. */
export function memoryOf({ services }: Environment): number {
  return Object.values(services).reduce((sum, { mem_limit: limit }) => sum + Number.parseInt(limit, 10), 0);
}
