import { expect, test } from "bun:test";
import { REDACTED } from "../../../src/core/text/redaction.ts";
import type { SubjectSelection } from "../../../src/runtime/subjects/resolve-subject.ts";
import { subjectView } from "../../../src/runtime/views/subject.ts";
import { ratelimiter } from "../../../src/subjects/ratelimiter/mod.ts";
import { limiterDeployment, surveyOf } from "../limiter-deployment.ts";

test("subjectView() shows every setting with its origin, what is not set, and no secret", async () => {
  const { endpoints, invariants } = await subjectView(
    wanted({
      nodes: "1=10.0.0.1:8081",
      redis: "redis://:hunter2@10.0.0.5:6379",
      token: "s3cret",
    }),
  );

  const shown = endpoints instanceof Error ? [] : endpoints;
  expect(shown.slice(0, 4)).toMatchObject([
    { name: "nodes", value: "1=10.0.0.1:8081", origin: "a test" },
    { name: "redis", value: expect.stringContaining("10.0.0.5:6379"), origin: "a test" },
    { name: "token", value: REDACTED, origin: "a test" },
    { name: "redis-password", value: "-", origin: "not set" },
  ]);
  expect(new Set(shown.slice(3).map(({ value, origin }) => `${value} ${origin}`))).toEqual(new Set(["- not set"]));
  expect(JSON.stringify(endpoints)).not.toContain("hunter2");
  const latency = invariants.find(({ id }) => id === "latency-p99");
  expect(latency?.grace).toEqual({ value: 7000, origin: "a test" });
  expect(latency?.thresholds.map(({ name, origin }) => [name, origin])).toEqual([
    ["latencyMs", "a test"],
    ["minimumCount", "default"],
  ]);
  expect(invariants.map(({ id }) => id)).toContain("answers-probes");
});

test("subjectView() shows of a deployment what it was brought up with", async () => {
  const running = surveyOf(limiterDeployment("east"));

  const { endpoints } = await subjectView({ ...wanted({}), byEndpoint: false }, running);

  const origin = 'deployment "east"';
  expect(endpoints).toContainEqual({ name: "nodes", value: expect.stringContaining("1=127.0.0.1:1"), origin });
  expect(endpoints).toContainEqual({ name: "token", value: REDACTED, origin });
});

test("subjectView() says why nothing is known of where a subject is", async () => {
  const { endpoints } = await subjectView({ ...wanted({}), name: "east" });

  expect(endpoints).toBeInstanceOf(Error);
});

function wanted(endpoints: Readonly<Record<string, unknown>>): SubjectSelection {
  const sourced = <T>(value: T) => ({ value, origin: "a test" });
  return {
    subject: ratelimiter,
    home: "/nowhere",
    byEndpoint: true,
    settings: {
      endpoints: new Map(Object.entries(endpoints).map(([name, value]) => [name, sourced(value)])),
      graceMs: new Map([["latency-p99", sourced(7000)]]),
      thresholds: new Map([["latency-p99.latencyMs", sourced(80)]]),
    },
  };
}
