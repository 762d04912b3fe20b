import { expect, test } from "bun:test";
import * as v from "valibot";
import { deployedComponentsOf, Plan } from "../../../../src/deployments/local/plan.ts";
import { rateLimiter } from "../../../../src/subjects/ratelimiter/recipes/local.ts";
import { testSite } from "../../../deployments/stand-in.ts";

const settings = { limit: "50", window: "10s", "on-redis-failure": "closed" };

test("rateLimiter() gives every node a link of its own to one Redis, and its own port", () => {
  const plan = planned(3);
  const [redis, ...nodes] = plan.processes;

  expect(plan.processes.map(({ id }) => id)).toEqual(["redis/main", "node/1", "node/2", "node/3"]);
  expect(plan.links.map(({ from, to, target }) => [from, to, target])).toEqual(
    nodes.map(({ id }) => [id, "redis/main", redis?.address ?? ""]),
  );
  const addresses = deployedComponentsOf(plan).flatMap(({ address, linkAddresses }) => [address, ...linkAddresses]);
  expect(new Set(addresses).size).toBe(7);
});

test("rateLimiter() starts nodes with their own link, all nodes' addresses, and the settings", () => {
  const plan = planned(2);
  const addresses = ["node/1", "node/2"].map((node) => plan.processes.find(({ id }) => id === node)?.address ?? "");

  expect(plan.processes[2]?.command.join(" ")).toBe(
    `operator serve-limiter --config /dev/null --node 2 --host 127.0.0.1 --port ${addresses[1]?.split(":")[1]}` +
      ` --redis redis://${plan.links[1]?.address} --redis-password-file /secrets/redis-password` +
      ` --token-file /secrets/token --nodes 1=${addresses[0]},2=${addresses[1]}` +
      " --limit 50 --window 10s --on-redis-failure closed --algorithm sliding-window",
  );
});

test("rateLimiter() keeps Redis to itself, and nothing on disk", () => {
  const command = planned(1).processes[0]?.command.join(" ");

  expect(command).toContain("--bind 127.0.0.1 --protected-mode yes --appendonly no");
  expect(planned(1).processes[0]?.command.slice(-2)).toEqual(["--save", ""]);
});

test("rateLimiter() adds a Prometheus that scrapes every node and itself, once a second", () => {
  const { processes } = planned(2, true);
  const prometheus = processes.at(-1);
  const config: unknown = JSON.parse(prometheus?.files["prometheus.yml"] ?? "");

  expect(prometheus).toMatchObject({ id: "prometheus/main", ready: { by: "http", path: "/-/ready" } });
  expect(config).toMatchObject({
    global: { scrape_interval: "1s" },
    scrape_configs: [
      {
        job_name: "node",
        static_configs: [
          { targets: [processes[1]?.address], labels: { component: "node/1" } },
          { targets: [processes[2]?.address], labels: { component: "node/2" } },
        ],
      },
      { job_name: "prometheus", static_configs: [{ targets: [prometheus?.address] }] },
    ],
  });
});

function planned(nodes: number, prometheus = false): Plan {
  const { subject, local } = rateLimiter({ nodes, prometheus, settings });
  return v.parse(Plan, { name: "toy", subject, settings, ...local?.(testSite()) });
}
