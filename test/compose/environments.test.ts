import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { assemble, configKeys } from "../../src/runtime/subjects/config-keys.ts";
import { RateLimiterConfig } from "../../src/subjects/ratelimiter/config.ts";
import { TikvConfig } from "../../src/subjects/tikv/config.ts";
import { METRICS } from "../../src/subjects/tikv/metrics/questions.ts";
import { makeNode } from "../limiter/test-node.ts";
import { catalogue } from "../subjects/tikv/catalogue.ts";
import { FOLDER, memoryOf, readBy, readEnvironment, recordedBy, type Service, scrapedBy } from "./compose-file.ts";

/** What the operator is told of its subject, by the subject's own schema. */
const CONFIGS = { tikv: TikvConfig, ratelimiter: RateLimiterConfig };

/** Names of labels that Prometheus itself gives. */
const OWN_LABELS = ["instance", "job", "le"];

describe.each(["tikv", "ratelimiter"] as const)("compose/%s.yaml", (name) => {
  const environment = readEnvironment(name);
  const services = Object.entries(environment.services);

  test("pins every image to a version", () => {
    const loose = services.filter(([, { image }]) => !/:v?\d+\.\d+\.\d+$/.test(image));

    expect(loose.map(([service]) => service)).toEqual([]);
  });

  test("builds what it builds from files that are there, and from bases of a version", () => {
    for (const [, { build }] of services) {
      if (!build) continue;
      const file = readFileSync(join(FOLDER, build.context, build.dockerfile), "utf8");
      const bases = [...file.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base);

      expect(bases.filter((base) => !/:\d+\.\d+(\.\d+)?/.test(base ?? ""))).toEqual([]);
    }
  });

  test("fits into 8 GB with all profiles", () => {
    expect(memoryOf(environment)).toBeLessThanOrEqual(8192);
  });

  test("starts each service behind those that it depends on, once they are healthy or done", () => {
    for (const [service, { depends_on: needs }] of services) {
      for (const [needed, { condition }] of Object.entries(needs)) {
        const isDone = needed === "load-data";

        expect(Object.keys(environment.services)).toContain(needed);
        expect(`${service} ${condition}`).toBe(`${service} service_${isDone ? "completed_successfully" : "healthy"}`);
      }
    }
    expect(needsOf(environment.services, "operator")).toEqual(expect.arrayContaining(["prometheus"]));
  });

  test("calls a load healthy where it is connected to what it loads, and not where that only listens or has hung up", () => {
    const { test: command = [] } = environment.services["load"]?.healthcheck ?? {};
    const port = { tikv: 20_160, ratelimiter: 8080 }[name].toString(16).toUpperCase().padStart(4, "0");
    // As Linux writes them: own address, the other's, state.
    const lines = {
      established: `   1: 0300A8C0:D2F0 0200A8C0:${port} 01 00000000:00000000`,
      listening: `   2: 00000000:${port} 00000000:0000 0A 00000000:00000000`,
      closing: `   3: 0300A8C0:D2F2 0200A8C0:${port} 06 00000000:00000000`,
      elsewhere: `   4: 0300A8C0:${port} 0200A8C0:0050 01 00000000:00000000`,
    };
    const isHealthy = (...tables: readonly string[]) => {
      const argv = command.slice(1).filter((word) => !word.startsWith("/proc/"));
      return Bun.spawnSync(argv, { stdin: Buffer.from(tables.join("\n")) }).exitCode === 0;
    };

    expect(command.filter((word) => word.startsWith("/proc/"))).toEqual(["/proc/net/tcp", "/proc/net/tcp6"]);
    expect(isHealthy(...Object.values(lines))).toBe(true);
    expect(isHealthy(lines.listening, lines.closing, lines.elsewhere)).toBe(false);
  });

  test("names only hosts and ports that are there", () => {
    const served = new Set(services.flatMap(([service, one]) => portsOf(service, one)));
    const text = services
      .flatMap(([, { command, environment: told }]) => [...command, ...Object.values(told)])
      .join(" ");
    const asked = [...text.matchAll(/(?<=[=,/ ])([a-z]+\d?|0\.0\.0\.0):(\d+)/g)].flatMap(([address, host]) =>
      host === "0.0.0.0" ? [] : [address],
    );

    expect(asked.length).toBeGreaterThan(3);
    expect(asked.filter((address) => !served.has(address))).toEqual([]);
  });

  test("mounts files that are there, and volumes that it declares", () => {
    const sources = services.flatMap(([, { volumes }]) => volumes.map((volume) => volume.split(":")[0] ?? ""));
    const missing = sources.filter((source) =>
      source.startsWith(".") ? !existsSync(join(FOLDER, source)) : !(source in environment.volumes),
    );

    expect(missing).toEqual([]);
  });

  test("opens ports to this machine only", () => {
    const open = services.flatMap(([, { ports }]) => ports).filter((port) => !port.startsWith("127.0.0.1:"));

    expect(open).toEqual([]);
  });

  test("tells the operator a configuration that its subject takes, with the addresses of all", () => {
    const config = configOf(environment.services["operator"], name);

    expect(() => v.parse(CONFIGS[name], config)).not.toThrow();
    const text = JSON.stringify(config);
    const members = services.filter(([service]) => /^(pd|node)\d$/.test(service));
    expect(members).toHaveLength(3);
    for (const [service, one] of members) expect(text).toContain(portsOf(service, one)[0] ?? "nothing");
  });

  test("has every component scraped at the address by which the subject knows it", () => {
    const scraped = [...scrapedBy(`${name}/prometheus.yml`).values()].flat();
    const told = services.flatMap(([service, { command }]) =>
      command.flatMap((flag) => {
        const [, address] = /^--advertise-(?:status-addr|client-urls)=(?:http:\/\/)?(.+)$/.exec(flag) ?? [];
        if (address !== undefined) return [address];
        return /^node\d$/.test(service) && flag.startsWith("--port=") ? [`${service}:${flag.slice(7)}`] : [];
      }),
    );

    expect(told.length).toBe(name === "tikv" ? 6 : 3);
    expect(scraped.toSorted()).toEqual(told.toSorted());
  });
});

describe("recording rules and dashboards", () => {
  test("of TiKV read only metrics and labels of the catalogue", () => {
    const known = catalogue();
    for (const [record, expression] of recordedBy("tikv/rules.yml")) {
      const { metrics, labels } = readBy(expression);
      const found = metrics.map((metric) => known.get(metric.replace(/_(bucket|sum|count)$/, "")) ?? known.get(metric));

      expect([record, metrics.filter((_metric, index) => !found[index])]).toEqual([record, []]);
      const all = new Set([...OWN_LABELS, ...found.flatMap((entry) => entry?.labels ?? [])]);
      expect([record, labels.filter((label) => !all.has(label))]).toEqual([record, []]);
    }
  });

  test("of TiKV: the dashboard shows metrics of the catalogue and records of the rules, each once", () => {
    const Dashboard = v.object({
      panels: v.array(v.object({ title: v.string(), targets: v.array(v.object({ expr: v.string() })) })),
    });
    const file = readFileSync(join(FOLDER, "tikv/grafana/tikv.json"), "utf8");
    const { panels } = v.parse(Dashboard, JSON.parse(file));
    const known = new Set([...catalogue().keys(), ...recordedBy("tikv/rules.yml").keys()]);
    const shown = panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => readBy(expr).metrics));

    expect(shown.filter((metric) => !known.has(metric))).toEqual([]);
    expect(new Set(shown).size).toBe(shown.length);
    expect([...recordedBy("tikv/rules.yml").keys()].filter((record) => !shown.includes(record))).toEqual([]);
  });

  test("the subject itself asks only for metrics of the catalogue", () => {
    const known = catalogue();

    const isKnown = (metric: string): boolean =>
      known.has(metric) || known.has(metric.replace(/_(bucket|sum|count)$/, ""));

    expect(METRICS.filter((metric) => !isKnown(metric))).toEqual([]);
  });

  test("of the limiter read only what a node exposes", async () => {
    const node = makeNode();
    const page = await (await node.app.request("/metrics")).text();
    const exposed = new Set([...page.matchAll(/^# TYPE (\S+)/gm)].map(([, metric]) => metric));
    for (const [record, expression] of recordedBy("ratelimiter/rules.yml")) {
      const unknown = readBy(expression).metrics.filter((metric) => !exposed.has(metric.replace(/_bucket$/, "")));

      expect([record, unknown]).toEqual([record, []]);
    }
  });
});

test("readBy() tells metrics from functions, labels and texts", () => {
  const read = readBy('sum by (le, a) (rate(x_total{b="sum", c!~"y"}[1m])) / on (d) (z == 1)');

  expect(read.metrics).toEqual(["x_total", "z"]);
  expect(read.labels.toSorted()).toEqual(["a", "b", "c", "d", "le"]);
});

function needsOf(services: Readonly<Record<string, Service>>, name: string): readonly string[] {
  return Object.keys(services[name]?.depends_on ?? {});
}

/** Addresses at which a service is reached by others. */
function portsOf(service: string, { command, image }: Service): readonly string[] {
  const flags = command.join(" ");
  const ports = [...flags.matchAll(/(?:--(?:client-urls|peer-urls|addr|status-addr)=\S*?:|--port=)(\d+)/g)];
  const own = [...(image.startsWith("redis:") ? ["6379"] : []), ...(image.startsWith("prom/") ? ["9090"] : [])];
  return [...ports.map(([, port = ""]) => port), ...own].map((port) => `${service}:${port}`);
}

/** As the operator assembles it from its variables. */
function configOf(operator: Service | undefined, subject: keyof typeof CONFIGS): unknown {
  const keys = configKeys(CONFIGS[subject]);
  const prefix = `OPERATOR_${subject.toUpperCase()}_`;
  const told = Object.entries(operator?.environment ?? {}).map(([variable, value]) => {
    const key = variable.slice(prefix.length).toLowerCase().replaceAll("_", "-");
    const path = keys.get(key);
    if (!variable.startsWith(prefix) || !path) throw new Error(`Cannot set ${variable}: the subject has no "${key}"`);
    return [path, value] as const;
  });
  return assemble(told);
}
