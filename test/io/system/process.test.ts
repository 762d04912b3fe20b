import { afterEach, expect, test } from "bun:test";
import { basename } from "node:path";
import {
  childEnvironment,
  endProcess,
  findProgram,
  lookAtProcess,
  operatorCommand,
  type ProcessIdentity,
  processState,
  signalProcess,
  waitUntil,
} from "../../../src/io/system/process.ts";

const started: Bun.Subprocess[] = [];

afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});

test("lookAtProcess() tells two processes apart, and sees none where there is none", async () => {
  const [one, other] = [start("sleep", "100"), start("sleep", "100")];

  other.child.kill("SIGKILL");
  await other.child.exited;

  expect(lookAtProcess(one.pid)).toEqual({ pid: one.pid, startTime: one.startTime, stopped: false });
  expect(lookAtProcess(other.pid)).toBeUndefined();
});

test("lookAtProcess() sees the same by ps as by /proc", async () => {
  const child = start("sleep", "100");
  signalProcess(child, "SIGSTOP");
  await waitUntil(() => processState(child) === "stopped", 5000);

  const look = lookAtProcess(child.pid, "darwin");

  expect(look?.stopped).toBe(true);
  expect(look?.startTime).toMatch(/^\w{3} \w{3} +\d+ [\d:]{8} \d{4}$/);
  expect(lookAtProcess(0x7fff_fff0, "darwin")).toBeUndefined();
});

test("processState() follows a process from running over stopped to gone", async () => {
  const child = start("sleep", "100");
  const states = [processState(child)];

  signalProcess(child, "SIGSTOP");
  await waitUntil(() => processState(child) === "stopped", 5000);
  states.push(processState(child));
  signalProcess(child, "SIGKILL");
  await waitUntil(() => processState(child) === "gone", 5000);
  states.push(processState(child));

  expect(states).toEqual(["running", "stopped", "gone"]);
});

test("signalProcess() spares a process that only has the pid of the one that was meant", () => {
  const child = start("sleep", "100");

  const sent = signalProcess({ pid: child.pid, startTime: "of another" }, "SIGKILL");

  expect(sent).toBe(false);
  expect(processState(child)).toBe("running");
});

test("endProcess() ends a stopped process in good order, and a deaf one by force", async () => {
  const stopped = start("sleep", "100");
  const deaf = start("sh", "-c", "trap '' TERM; echo deaf; while :; do sleep 0.05; done");
  signalProcess(stopped, "SIGSTOP");
  await firstOutput(deaf);

  await Promise.all([endProcess(stopped, 10_000), endProcess(deaf, 100)]);

  expect(await stopped.child.exited.then(() => stopped.child.signalCode)).toBe("SIGTERM");
  expect(await deaf.child.exited.then(() => deaf.child.signalCode)).toBe("SIGKILL");
});

test("waitUntil() gives up after its time", async () => {
  expect(await waitUntil(() => false, 20)).toBe(false);
});

const environment = {
  PATH: "/bin",
  HOME: "/home/ada",
  LC_ALL: "C.UTF-8",
  TMPDIR: "/tmp",
  NO_COLOR: "1",
  XDG_STATE_HOME: "/state",
  OPERATOR_DEBUG: "1",
  OPERATOR_CONFIG: "/other.toml",
  OPERATOR_HOME: "/other",
  RATELIMITER_LIMIT: "1",
  AWS_SECRET_ACCESS_KEY: "planted",
  BUN_OPTIONS: "--preload evil.ts",
  BUN_BE_BUN: "1",
  BUN_INSPECT: "ws://127.0.0.1:1/",
  NODE_OPTIONS: "--require evil.js",
  LD_PRELOAD: "/evil.so",
  NOTHING: undefined,
};

test("childEnvironment() hands on what the kind of child needs and nothing else", () => {
  const forPrograms = { PATH: "/bin", HOME: "/home/ada", LC_ALL: "C.UTF-8", TMPDIR: "/tmp" };

  expect(childEnvironment("program", environment)).toEqual(forPrograms);
  expect(childEnvironment("operator", environment)).toEqual({
    ...forPrograms,
    NO_COLOR: "1",
    XDG_STATE_HOME: "/state",
    OPERATOR_DEBUG: "1",
  });
});

test.each(["", ".", "./", "relative", "../relative"])(
  "childEnvironment() and findProgram() leave %j out of PATH",
  (entry) => {
    const hostile = { PATH: `${entry}:/bin:${entry}` };

    expect(childEnvironment("program", hostile)["PATH"]).toBe("/bin");
    expect(findProgram("sh", hostile)).toBe("/bin/sh");
    expect(findProgram("sh", { PATH: entry })).toBeUndefined();
  },
);

test("operatorCommand() starts this program from source", () => {
  expect(
    operatorCommand()
      .map((part) => basename(part))
      .at(-1),
  ).toBe("main.ts");
});

function start(...command: string[]): ProcessIdentity & { readonly child: Bun.Subprocess<"ignore", "pipe"> } {
  const child = Bun.spawn(command, { stdin: "ignore", stdout: "pipe" });
  started.push(child);
  const { pid, startTime } = lookAtProcess(child.pid) ?? { pid: child.pid, startTime: "" };
  return { pid, startTime, child };
}

async function firstOutput({ child }: { readonly child: Bun.Subprocess<"ignore", "pipe"> }): Promise<void> {
  await child.stdout.getReader().read();
}
