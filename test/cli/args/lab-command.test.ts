/** `up` and `load` know no subject: with a second lab registered, both take what that lab declares. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { type Ran, ToyShell } from "../toy-shell.ts";

setDefaultTimeout(60_000);

const shell = new ToyShell();

beforeAll(() => shell.configure('[up]\nlimit = "7"\n'));

afterAll(async () => {
  await shell.run("down", "--all");
  await shell[Symbol.asyncDispose]();
});

test("a subject of the two registries is brought up, loaded and taken down by the flags of its lab", async () => {
  const up = await shell.run("up", "--endpoints", "3", "toy");
  const load = await shell.run("load", "--for", "200ms", "--path", "/x", "--json");
  const elsewhere = await shell.run("load", "--subject", "ratelimiter", "--for", "200ms");

  expect([up.code, up.stdout.match(/endpoint\/\d/g)]).toEqual([0, ["endpoint/1", "endpoint/2", "endpoint/3"]]);
  expect(load.code).toBe(0);
  expect(JSON.parse(load.stdout)).toMatchObject({ workload: "asking", requests: 10, failed: 0 });
  expect(refusal(elsewhere)).toEqual([2, expect.stringContaining('Cannot send ratelimiter traffic to "toy"')]);
});

test.each([
  [["up", "toy", "--limit", "5"], 'Cannot use "--limit": no such flag'],
  [["up", "toy", "--endpoints", "0"], "Cannot use --endpoints: Cannot run less than 1 endpoint"],
  [["up", "toi"], 'Cannot find the lab of "toi", expected one of tikv, ratelimiter, toy, did you mean "toy"'],
  [["up", "--endpoints", "2"], "Missing <subject>: What to run"],
  [["load", "--target", "127.0.0.1:1"], "Cannot tell what runs at 127.0.0.1:1, expected --subject ratelimiter|toy"],
  [
    ["load", "--subject", "toy", "--target", "127.0.0.1:1", "--pattern", "boundary"],
    'Cannot use --pattern boundary with workload "asking": it has no windows to aim at',
  ],
  [["load", "--subject", "toy", "--cost", "2"], 'Cannot use "--cost": no such flag'],
])("operator %p is refused", async (words, message) => {
  expect(refusal(await shell.run(...words))).toEqual([2, expect.stringContaining(message)]);
});

test("--help lists what each lab takes, or only the one that is named", async () => {
  const [all, one, load] = await Promise.all(
    [["up"], ["up", "toy"], ["load"]].map((words) => shell.run(...words, "--help")),
  );

  expect(all?.stdout).toMatch(/OPTIONS for ratelimiter\n[^]*--nodes=<count> +How many nodes \(default: 3\)/);
  expect(all?.stdout).toMatch(/OPTIONS for toy\n[^]*--endpoints=<endpoints> +How many endpoints \(default: 2\)/);
  expect(one?.stdout).toContain("OPTIONS for toy");
  expect(one?.stdout).not.toContain("ratelimiter");
  expect(load?.stdout).toContain("Default: 500/s over 100 keys.");
});

test("completion knows the labs and the flags of the one that is typed", async () => {
  const [labs, flags] = await Promise.all([
    shell.run("__complete", "up", ""),
    shell.run("__complete", "up", "toy", "--e"),
  ]);

  expect(labs.stdout.split("\n")).toEqual(expect.arrayContaining(["ratelimiter", "toy"]));
  expect(flags.stdout).toBe("--endpoints\n");
});

function refusal({ code, stderr }: Ran): [number, string] {
  return [code, stderr];
}
