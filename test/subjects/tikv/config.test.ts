import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import { GoDurationMs, GoSize, GoSwitch } from "../../../src/subjects/tikv/client/go-values.ts";
import { TikvConfig } from "../../../src/subjects/tikv/config.ts";

describe("TikvConfig", () => {
  test("reads addresses and names as a person writes them", () => {
    const config = v.parse(TikvConfig, { pd: "pd0=10.0.0.1:2379,http://10.0.0.2:2379/", stores: "1=10.0.0.1:20180" });

    expect(config.pd).toEqual([
      { id: "pd0", address: "10.0.0.1:2379" },
      { id: "10.0.0.2:2379", address: "http://10.0.0.2:2379" },
    ]);
    expect(config.stores).toEqual([{ id: "1", address: "10.0.0.1:20180" }]);
  });

  test.each([
    [{ pd: [] }, "Cannot watch no PD"],
    [{ pd: "10.0.0.1" }, 'expected "host:port"'],
    [{ pd: "10.0.0.1:2379,10.0.0.1:2379" }, "Cannot use one PD address twice"],
    [{ pd: "a=10.0.0.1:2379,a=10.0.0.2:2379" }, "Cannot use one PD name twice"],
    [{ pd: "10.0.0.1:2379", stores: "x=10.0.0.1:20180" }, "Cannot use store id"],
    [{ pd: "10.0.0.1:2379", stores: "1=a:1,1=b:1" }, "Cannot use one store id twice"],
    [{ pd: "10.0.0.1:2379", prometheus: "ftp://x" }, "Cannot use Prometheus address"],
    [{ pd: "http://10.0.0.1:2379/pd" }, 'expected "host:port"'],
  ])("refuses %p and says why", (raw, why) => {
    const result = v.safeParse(TikvConfig, raw);

    expect(result.issues?.map(({ message }) => message).join()).toContain(why);
  });
});

describe("numbers as Go writes them", () => {
  test.each([
    ["0B", 0],
    ["98.3GiB", 105_548_821_299],
    ["2.012GiB", 2_160_368_550],
    ["1.5TiB", 1_649_267_441_664],
  ])("GoSize reads %s", (text, bytes) => {
    expect(v.parse(GoSize, text)).toBe(bytes);
  });

  test.each([
    ["451.097353ms", 451.097353],
    ["1h0m0.5s", 3_600_500],
    ["30m0s", 1_800_000],
    ["-5s", -5000],
    ["0", 0],
  ])("GoDurationMs reads %s", (text, ms) => {
    expect(v.parse(GoDurationMs, text)).toBeCloseTo(ms, 5);
  });

  test.each(["", "98.3", "GiB", "5 s", "1x"])("refuses %p", (text) => {
    expect(v.safeParse(GoSize, text).success).toBe(false);
    expect(v.safeParse(GoDurationMs, text).success).toBe(false);
    expect(v.safeParse(GoSwitch, text).success).toBe(false);
  });

  test("GoSwitch reads text and JSON alike", () => {
    expect(["true", "false", true, false].map((value) => v.parse(GoSwitch, value))).toEqual([true, false, true, false]);
  });
});
