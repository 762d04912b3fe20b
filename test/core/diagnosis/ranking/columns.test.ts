import { expect, test } from "bun:test";
import { columnNames } from "../../../../src/core/diagnosis/ranking/columns.ts";

test.each<[string, readonly string[], readonly string[]]>([
  ["plain names", ["front_cpu", "back_cpu"], ["front|cpu", "back|cpu"]],
  [
    "components with the separator in them, which have their quantities in common",
    ["web_front_latency_p95", "web_front_errors", "web_back_latency_p95", "web_back_errors"],
    ["web_front|latency_p95", "web_front|errors", "web_back|latency_p95", "web_back|errors"],
  ],
  [
    "quantities with words that say nothing before the word that does",
    ["node/1_check_duration_p99_seconds", "node/1_cpu_ratio", "node/2_check_duration_p99_seconds", "node/2_cpu_ratio"],
    ["node/1|check_duration_p99_seconds", "node/1|cpu_ratio", "node/2|check_duration_p99_seconds", "node/2|cpu_ratio"],
  ],
  ["quantities of which no word is known", ["a_foo_bar", "b_foo_bar"], ["a|foo_bar", "b|foo_bar"]],
  ["components whose words are those of a signal", ["read_cpu", "read_latency"], ["read|cpu", "read|latency"]],
])("columnNames() reads %s", (_, names, expected) => {
  expect(columnNames(names).map((name) => `${name?.component}|${name?.metric}`)).toEqual([...expected]);
});

test("columnNames() trusts components that are known by other means", () => {
  const [name] = columnNames(["a_b_cpu"], { components: new Set(["a_b"]) });

  expect(name).toEqual({ component: "a_b", metric: "cpu" });
});

test("columnNames() takes another separator, and leaves a name without one", () => {
  expect(columnNames(["a_b.cpu", "cpu", ".cpu"], { separator: "." })).toEqual([
    { component: "a_b", metric: "cpu" },
    undefined,
    undefined,
  ]);
});
