/** What other users of the machine, the working folder and the environment can get at of a lab that really runs. */

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deploymentActions } from "../../src/deployments/actions.ts";
import { powerOf } from "../../src/deployments/deployment.ts";
import { folderOf } from "../../src/deployments/local/folder/folder.ts";
import { openDeployment } from "../../src/deployments/mod.ts";
import { operatorCommand } from "../../src/io/system/process.ts";
import { exchange } from "../../src/io/system/tcp.ts";
import { supervisorOf } from "../deployments/pids.ts";

setDefaultTimeout(60_000);

const CHECKOUT = join(import.meta.dir, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "operator-hostile-"));
/** What hostile code leaves when it runs. */
const marks = join(folder, "marks");
const hostile = join(folder, "working folder");
const SECRETS = ["authorization", "redis-password", "token"];

/** None of it has an effect on the first process that a test would notice. */
const PLANTED = {
  AWS_SECRET_ACCESS_KEY: "planted",
  BUN_INSPECT: "ws://127.0.0.1:0/planted",
  BUN_OPTIONS: "--smol",
  NODE_OPTIONS: "--planted",
  RATELIMITER_LIMIT: "7",
  RATELIMITER_TOKEN: "planted",
  OPERATOR_SERVE_LIMITER_LIMIT: "7",
  ...(process.platform === "linux" && { LD_PRELOAD: "/planted.so" }),
};

beforeAll(async () => {
  makeHostile();
  const build = Bun.spawn([process.execPath, "build.ts", "--outdir", join(folder, "dist")], {
    cwd: CHECKOUT,
    stdio: ["ignore", "ignore", "inherit"],
  });
  expect(await build.exited).toBe(0);
});

afterAll(() => rmSync(folder, { recursive: true }));

describe.each([
  ["from source", operatorCommand()],
  ["compiled", [join(folder, "dist", "operator")]],
])("operator %s in a hostile folder with a hostile environment", (name, command) => {
  const home = join(folder, name.replace(" ", "-"));
  const lab = folderOf(home, "ratelimiter");
  const printed: string[] = [];

  beforeAll(async () => {
    expect(await run("up", "ratelimiter", "--nodes", "1")).toBe(0);
  });

  afterAll(async () => {
    await run("down");
  });

  test("runs nothing of that folder and is no other limiter", async () => {
    const { settings, components } = await openDeployment(home);

    const node = components.find(({ kind }) => kind === "node");
    const config: unknown = await (await fetch(`http://${node?.address}/api/config`)).json();

    expect(existsSync(marks)).toBe(false);
    expect([settings["limit"], config]).toEqual(["100", expect.objectContaining({ limit: 100 })]);
  });

  test.skipIf(process.platform !== "linux")("hands nothing of that environment to a child", async () => {
    const processes = await powerOf(await openDeployment(home), "processes").list();
    const pids = [supervisorOf(lab).pid, ...processes.map(({ pid }) => pid)];

    const environments = pids.map((pid) => readFileSync(`/proc/${pid}/environ`, "utf8").split("\0"));

    expect(environments).toHaveLength(3);
    for (const environment of environments) {
      const names = environment.map((line) => line.slice(0, line.indexOf("=")));
      expect(names.filter((name) => name in PLANTED)).toEqual([]);
      expect(environment.filter((line) => /^PATH=(.*:)?(?!\/)/.test(line))).toEqual([]);
    }
  });

  test("refuses whoever has no secret, and serves a person who reads them from the files", async () => {
    const { components } = await openDeployment(home);
    const [redis, node] = ["redis", "node"].map((kind) => components.find((one) => one.kind === kind)?.address ?? "");
    const signal = AbortSignal.timeout(10_000);
    const [header = "", value = ""] = readFileSync(lab.secret("authorization"), "utf8").trim().split(": ");
    const drain = (headers: Record<string, string>) =>
      fetch(`http://${node}/api/node/drain`, { method: "POST", headers });

    expect(await exchange(redis ?? "", { send: "PING\r\n", signal })).toStartWith("-NOAUTH");
    expect((await drain({})).status).toBe(401);
    expect((await drain({ [header]: value })).status).toBe(200);
  });

  // One of the two is enough: it takes seconds.
  if (name === "compiled") {
    test("prints, stores and passes its secrets nowhere but in files of its owner", async () => {
      const commands = [
        ["status"],
        ["status", "--json"],
        ["watch", "--once"],
        ["watch", "--subject", "ratelimiter", "--help"],
        ["chaos", "node-drain", "--for", "1s"],
      ];
      expect(await Promise.all(commands.map((words) => run(...words)))).toEqual([0, 0, expect.any(Number), 0, 0]);
      const deployment = await openDeployment(home);
      const actions = [...deploymentActions(deployment).values()];
      const nodes = deployment.components.filter(({ kind }) => kind === "node");
      printed.push(...nodes.flatMap(({ id }) => actions.map((action) => action.preview({ component: id }).sends)));
      printed.push(JSON.stringify(deployment), ...argumentsOfAll());

      const secrets = SECRETS.map((secret) => deployment.secret(secret) ?? "none");
      const holding = filesIn(home).filter((path) => secrets.some((secret) => readFileSync(path).includes(secret)));

      expect(["operator.db", "chaos.db"].map((file) => existsSync(join(home, file)))).toEqual([true, true]);
      expect(secrets.filter((secret) => printed.join("\n").includes(secret))).toEqual([]);
      expect(holding.toSorted()).toEqual(
        [...SECRETS.map(lab.secret), join(lab.data("redis/main"), "redis.conf")].toSorted(),
      );
      expect(holding.map((path) => statSync(path).mode & 0o777)).toEqual(holding.map(() => 0o600));
      expect(printed.join("\n")).toContain(lab.secrets);
    });
  }

  async function run(...args: readonly string[]): Promise<number> {
    const child = Bun.spawn([...command, ...args], {
      cwd: hostile,
      env: {
        ...process.env,
        ...PLANTED,
        PATH: `.::${process.env["PATH"]}:./`,
        OPERATOR_HOME: home,
        XDG_CONFIG_HOME: folder,
      },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    printed.push(await child.stdout.text(), await child.stderr.text());
    return await child.exited;
  }
});

/** Everything that a runtime or a lookup by PATH may find in a working folder. */
function makeHostile(): void {
  const evil = `require("node:fs").appendFileSync(${JSON.stringify(marks)}, process.argv.join(" ") + "\\n");\n`;
  const library = join(hostile, "node_modules", "valibot");
  mkdirSync(library, { recursive: true });
  const files = {
    "evil.js": evil,
    "bunfig.toml": 'preload = ["./evil.js"]\n',
    ".env": "OPERATOR_UP_NODES=9\nOPERATOR_CONFIG=/none\n",
    "tsconfig.json": '{ "compilerOptions": { "baseUrl": ".", "paths": { "*": ["./evil.js"] } } }',
    "package.json": '{ "name": "hostile", "browser": { "valibot": "./evil.js" } }',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(hostile, name), text);
  writeFileSync(join(library, "index.js"), evil);
  writeFileSync(join(library, "package.json"), '{ "name": "valibot", "main": "index.js" }');
  for (const program of ["redis-server", "setpriv", "true", "ps"]) {
    const path = join(hostile, program);
    writeFileSync(path, `#!/bin/sh\necho "${program}" >> '${marks}'\nexit 1\n`);
    chmodSync(path, 0o755);
  }
  // Of no concern to what `operator up` starts, which would refuse it.
  mkdirSync(join(folder, "operator"));
  writeFileSync(join(folder, "operator", "config.toml"), "[serve-limiter]\nnone = 1\n[supervise]\nnone = 1\n");
}

/** Of every process of the machine. */
function argumentsOfAll(): readonly string[] {
  const { stdout } = Bun.spawnSync(["ps", "axww", "-o", "command="]);
  return [stdout.toString()];
}

function filesIn(path: string): readonly string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}
