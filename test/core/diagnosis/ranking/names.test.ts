import { expect, test } from "bun:test";
import { isCallersView, namedQuantity } from "../../../../src/core/diagnosis/ranking/names.ts";

test.each([
  ["cpu_usage", "cpu"],
  ["container-cpu-usage-seconds-total", "cpu"],
  ["CpuUsageRate(%)", "cpu"],
  ["NodeCpuUsageRate(%)", "node"],
  ["memory_used_bytes", "memory"],
  ["SyscallRead", "io"],
  ["disk_wait_seconds", "latency"],
  ["NetworkReceiveBytes", "network"],
  ["PodServerLatencyP95(s)", "latency"],
  ["latency-90", "latency"],
  ["http_5xx_count", "error"],
  ["requests_Sum", "traffic"],
  ["flux_capacity", "traffic"],
] as const)("namedQuantity() takes %p for %s", (name, signal) => {
  expect(namedQuantity(name).signal).toBe(signal);
});

test("namedQuantity() tells shares that succeed from shares that fail, and their units", () => {
  expect(namedQuantity("availability")).toMatchObject({ signal: "error", isGood: true });
  expect(namedQuantity("SuccessRate(%)")).toMatchObject({ signal: "error", isGood: true, unit: "percent" });
  expect(namedQuantity("error_ratio")).toMatchObject({ signal: "error", unit: "ratio" });
  expect(namedQuantity("errors_total")).toMatchObject({ signal: "error", isCounter: true });
  expect(namedQuantity("errors_total").unit).toBeUndefined();
});

test("isCallersView() knows a peer that is named by its address or by its caller", () => {
  const views = ["search_client", "db_remote", "https://queue.example/x", "10.0.0.7", "user@db.eu.example.com_sql"];
  const own = ["search", "node/1", "remote_search", "v1.2", "Search_Fargate"];

  expect(views.filter((name) => !isCallersView(name))).toEqual([]);
  expect(own.filter(isCallersView)).toEqual([]);
});
