/** A real Prometheus beside a cluster, for as long as the cluster lives. */

import type { PlannedProcess, Site } from "../recipe.ts";

const CONFIG = "prometheus.yml";

/** A Prometheus that reads every target, and itself, once a second. */
export function prometheusProcess(site: Site, targets: readonly PlannedProcess[]): PlannedProcess {
  const address = `127.0.0.1:${site.takePort()}`;
  const program = site.program("prometheus", "apt-get install prometheus, or brew install prometheus");
  const own = { id: "prometheus/main", kind: "prometheus", address } as const;
  return {
    ...own,
    command: [
      program,
      `--config.file=${CONFIG}`,
      "--storage.tsdb.path=data",
      "--storage.tsdb.retention.time=1d",
      `--web.listen-address=${address}`,
    ],
    ready: { by: "http", path: "/-/ready" },
    after: [],
    files: { [CONFIG]: configuration([...targets, own]) },
  };
}

/** JSON is valid YAML. The label `component` of a series has the deployment's name of its component. */
function configuration(targets: readonly Pick<PlannedProcess, "id" | "kind" | "address">[]): string {
  const kinds = [...new Set(targets.map(({ kind }) => kind))];
  return JSON.stringify({
    global: { scrape_interval: "1s", scrape_timeout: "900ms" },
    scrape_configs: kinds.map((kind) => ({
      job_name: kind,
      static_configs: targets
        .filter((target) => target.kind === kind)
        .map(({ id, address }) => ({ targets: [address], labels: { component: id } })),
    })),
  });
}
