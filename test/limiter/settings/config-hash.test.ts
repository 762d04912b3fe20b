import { expect, test } from "bun:test";
import { type AgreedConfig, configHash } from "../../../src/limiter/settings/config-hash.ts";

const config: AgreedConfig = {
  algorithm: "sliding-window",
  limit: 100,
  windowMs: 60_000,
  onRedisFailure: "local",
  localOverlap: 1,
};

test("configHash() differs as soon as any part does, and only then", () => {
  const others: AgreedConfig[] = [
    { ...config, algorithm: "gcra" },
    { ...config, limit: 101 },
    { ...config, windowMs: 60_001 },
    { ...config, onRedisFailure: "open" },
    { ...config, localOverlap: 2 },
  ];

  const hashes = [config, ...others].map(configHash);

  expect(new Set(hashes).size).toBe(6);
  expect(configHash({ ...config })).toBe(configHash(config));
});
