/** `operator watch` and what reads its rows, as processes, on the toy. */

import { Database as Sqlite } from "bun:sqlite";
import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { until } from "../../until.ts";
import { ToyShell } from "../toy-shell.ts";

setDefaultTimeout(60_000);

interface Saying {
  readonly entity: string;
}

const QUICK = ["--interval", "100ms", "--grace", "endpoint-answers=200ms"];
const TOY_OPERATOR = Bun.fileURLToPath(new URL("../toy-operator.ts", import.meta.url));
const LIMITER = ["--endpoint", "nodes=1=127.0.0.1:1", "--endpoint", "redis=redis://127.0.0.1:1"];
let shell: ToyShell;

beforeEach(async () => {
  shell = new ToyShell();
  await shell.configure();
});

afterEach(() => shell[Symbol.asyncDispose]());

test("operator watch --once exits 0, 3 and 4, and says what is wrong", async () => {
  const well = await shell.run("watch", "--once", "--json");
  expect(well).toMatchObject({ code: 0, stderr: expect.stringContaining("Watching toy") });
  expect(JSON.parse(well.stdout)).toMatchObject({ subject: "toy", instance: "default", verdict: "holds", violated: 0 });

  await shell.endpoints.kill("endpoint/2");
  const ill = await shell.run("watch", "--once", "--subject", "toy");
  expect(ill.code).toBe(3);
  expect(ill.stdout).toMatch(/^toy default: violated \(1 violated.*\n +violated +endpoint-answers +endpoint\/2 /);

  await shell.endpoints.kill("endpoint/1");
  await shell.endpoints.kill("endpoint/3");
  const blind = await shell.run("watch", "--once", "--name", "fresh");
  expect(blind).toMatchObject({ code: 4, stdout: expect.stringContaining("toy fresh: unknown (nothing answers)") });
  for (const { address } of shell.endpoints.config.endpoints) expect(blind.stderr).toContain(`${address} (endpoint/`);
  expect(blind.stderr).toContain('"operator up toy"');
});

test("operator watch refuses a name that would steer a terminal, or fill it", async () => {
  for (const name of ["a\u001B[31m", "a\nb", "x".repeat(101)]) {
    const refused = await shell.run("watch", "--once", "--name", name);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("at most 100 characters") });
  }
});

test("operator watch refuses an interval that is none", async () => {
  for (const interval of ["99ms", "2d"]) {
    const refused = await shell.run("watch", "--once", "--interval", interval);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("Cannot watch that") });
  }
});

test("operator watch prints one line per change, and a second one stands by and takes over", async () => {
  await using first = shell.start("watch", ...QUICK, "--json");
  await until(() => first.talk().includes("toy default: watching"));
  await using second = shell.start("watch", ...QUICK);
  await until(() => second.talk().includes("already watches"));

  await shell.endpoints.kill("endpoint/2");
  await second.line("ticket 1 opened", "endpoint-answers of endpoint/2");
  await second.line("incident 1 open");
  await first.line('"kind":"incident"');

  expect(second.talk()).toMatch(/monitor\/\S+:\d+ already watches; on standby/);
  const kinds = first.lines.map((line) => JSON.parse(line)).map(({ kind, to, change }) => `${kind} ${to ?? change}`);
  expect(kinds).toEqual(["verdict violated", "ticket opened", "incident open"]);

  expect(await first.end("SIGINT")).toBe(130);
  await until(() => second.talk().includes("toy default: watching"));
  shell.endpoints.start("endpoint/2");
  await second.line("ticket 1 resolved");
  await second.line("incident 1 resolved");
  expect(await second.end("SIGTERM")).toBe(130);
});

test("operator watch --help shows what is set of a subject, and where each value comes from", async () => {
  const { code, stdout } = await shell.run("watch", "--subject", "toy", "--help", "--grace", "endpoint-answers=3s");

  expect(code).toBe(0);
  expect(stdout).toMatch(/endpoints +.*toy\.endpoints in "/);
  expect(stdout).toMatch(/probe-timeout-ms +- +not set/);
  expect(stdout).toMatch(/endpoint-answers \(critical\): A client that asks .*\n +grace +3s +--grace/);
  expect(stdout).toMatch(/answers-probes \(critical\).*\n +grace +15s +default/);
});

test("operator watch --once looks at several subjects, and is as good as the worst", async () => {
  const both = await shell.run("watch", "--once", "--subject", "toy", "--subject", "ratelimiter");

  expect(both).toMatchObject({ code: 4, stderr: expect.stringContaining("Cannot find ratelimiter: no deployment") });
  expect(both.stdout).toContain("toy default: holds");
});

test("operator watch waits for a subject that is nowhere yet", async () => {
  await shell.configure("");
  const once = await shell.run("watch", "--once", "--subject", "toy");
  expect(once).toMatchObject({ code: 4, stderr: expect.stringContaining("Cannot find toy: no deployment of it runs") });

  await using watch = shell.start("watch", "--subject", "toy");
  await until(() => watch.talk().includes("waiting for it"));
  expect(await watch.end("SIGINT")).toBe(130);
});

test.each([
  [
    ["watch", "--subject", "toi"],
    2,
    'Cannot find subject "toi", expected one of tikv, ratelimiter, toy, did you mean "toy"',
  ],
  [["watch", "--grace", "endpoint-answer=1s"], 2, 'did you mean "endpoint-answers"'],
  [
    ["watch", "--grace", "endpoint-answers=1"],
    2,
    'Cannot use --grace for "endpoint-answers": Cannot read duration "1"',
  ],
  [["watch", "--grace", "endpoint-answers"], 2, 'Cannot use --grace "endpoint-answers", expected name=value'],
  [
    ["watch", "--threshold", "endpoint-answers.size=1"],
    2,
    'Cannot use --threshold: "toy" has no "endpoint-answers.size"',
  ],
  [["watch", "--endpoint", "address=x"], 2, 'Cannot use --endpoint: "toy" has no setting "address"'],
  [["watch", "--endpoint", "endpoints=x"], 2, 'Cannot use --endpoint for "endpoints": Invalid type'],
  [["watch", "--interval", "1ms"], 2, "Cannot watch that often"],
  [["watch", "--db", "/dev/null/x.db"], 1, 'Cannot open database "/dev/null/x.db"'],
  [
    ["watch", "--subject", "ratelimiter", "--endpoint", "nodes=1=h:1"],
    2,
    'Cannot open ratelimiter without its "redis"',
  ],
  [
    ["watch", "--subject", "ratelimiter", "--endpoint", "redis=x", "--endpoint", "nodes=1=h:1"],
    2,
    "Cannot use Redis address",
  ],
  [
    ["watch", "--subject", "ratelimiter", ...LIMITER, "--endpoint", "prometheus=somewhere"],
    2,
    'Cannot use --endpoint for "prometheus": Cannot use Prometheus address',
  ],
  [["tickets", "list"], 0, "No ticket is open"],
  [["tickets", "list", "--limit", "0"], 2, "Cannot list nothing"],
  [["tickets", "list", "--name", "fooo"], 2, 'Cannot find instance "fooo"'],
  [["incidents", "list", "--subject", "ratelimitr"], 2, 'did you mean "ratelimiter"'],
  [["incidents", "list", "--all"], 0, "There is no incident"],
  [["actions", "list"], 0, "No action waits or runs"],
  [["actions", "history"], 0, "No action is over"],
  [["audit", "list"], 0, "The audit log is empty"],
  [["tickets", "list", "--db", "/dev/null.db"], 1, "no such file"],
  [["tickets", "hold", "1"], 2, "There is no ticket 1; list them with: operator tickets list --all"],
  [["tickets", "show", "one"], 2, 'Cannot use <id>: Cannot read number "one", expected one of the list, such as 3'],
  [["incidents", "show", "1"], 2, "There is no incident 1"],
  [["actions", "offered", "--subject", "ratelimiter"], 2, "Cannot find ratelimiter: no deployment of it runs in"],
  [["actions", "run", "--subject", "ratelimiter"], 2, "Cannot find ratelimiter: no deployment of it runs in"],
  [["agent", "--once", "--subject", "ratelimiter"], 2, "Cannot find ratelimiter: no deployment of it runs in"],
  [["diagnose", "1"], 2, "There is no incident 1; list them with: operator incidents list --all"],
  [["ladder", "show"], 0, "Nothing was watched yet: at observe"],
  [["chaos", "node-kill"], 1, "none is running"],
  [["doctor", "--fault", "node-kill"], 2, "Cannot use --fault alone, expected it with --inject"],
  [["ladder", "set"], 2, "Missing <rung>: observe, approve or auto"],
  [["ladder"], 2, 'Cannot run "operator ladder" alone, expected one of show, set'],
  [["doctor", "--inject"], 2, "Cannot break default: it is no deployment of this machine"],
] as const)("operator %j exits %i and says why", async (args, code, message) => {
  const ran = await shell.run(...args);

  expect(ran).toMatchObject({ code, stderr: expect.stringContaining(message) });
  expect(existsSync(join(shell.home, "chaos.db"))).toBe(false);
  if (args[0] !== "watch") expect(existsSync(join(shell.home, "operator.db"))).toBe(false);
});

test("operator watch survives whatever answers, and says what and where", async () => {
  const huge = "x".repeat(30_000_000);
  const odd = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    routes: {
      "/html/": new Response("<!doctype html><title>Hello</title>", { headers: { "content-type": "text/html" } }),
      "/cut/": new Response('{"startedAtMs":', { headers: { "content-type": "application/json" } }),
      "/huge/": new Response(`{"startedAtMs":1,"rest":"${huge}"}`),
    },
  });
  const { port } = odd;
  const [well] = shell.endpoints.config.endpoints;
  const addresses = [well?.address, ...["html", "cut", "huge"].map((page) => `127.0.0.1:${port}/${page}`)];
  const tables = addresses.map((address, index) => `{ name = "${index}", address = "${address}" }`);
  await shell.configure(`[toy]\nendpoints = [${tables.join(", ")}]\n`);

  const { code, stdout } = await shell.run("watch", "--once", "--json");
  await odd.stop(true);

  expect(code).toBe(3);
  const said = new Map(JSON.parse(stdout).entities.map((state: Saying) => [state.entity, state]));
  expect(said.get("endpoint/0")).toMatchObject({ verdict: "holds" });
  for (const entity of ["endpoint/1", "endpoint/2", "endpoint/3"]) {
    expect(said.get(entity)).toMatchObject({ verdict: "violated", summary: expect.stringContaining(`:${port}/`) });
  }
});

test("operator watch refuses a database of a newer operator, and one that is none", async () => {
  const newer = new Sqlite(join(shell.home, "newer.db"));
  newer.run("PRAGMA user_version = 99");
  newer.close();
  await Bun.write(
    join(shell.home, "none.db"),
    "This is not a database, and it is long enough to be seen as such.".repeat(20),
  );

  const refused = await shell.run("watch", "--once", "--db", join(shell.home, "newer.db"));
  const none = await shell.run("watch", "--once", "--db", join(shell.home, "none.db"));

  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("it was written by a newer operator") });
  expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining("the file is not a SQLite database") });
});

test("operator watch --once tells what it sees where its database cannot be written, with the exit code of that", async () => {
  await shell.endpoints.kill("endpoint/2");

  const { code, stdout, stderr } = await shell.run("watch", "--once", "--db", "/sys/operator/x.db");

  expect({ code, stdout, stderr }).toMatchObject({
    code: 3,
    stderr: expect.stringContaining("Watching without a record"),
  });
  expect(stdout).toContain("violated");
});

test("operator watch --once tells what it sees where its database opens and cannot grow", async () => {
  await using watch = shell.start("watch", ...QUICK);
  await until(() => watch.talk().includes("watching"));
  await shell.endpoints.kill("endpoint/2");
  const limited = ["sh", "-c", 'trap "" XFSZ; ulimit -f 0; exec "$@"', "sh", process.execPath, TOY_OPERATOR];

  const child = Bun.spawn([...limited, "watch", "--once", "--name", "fresh"], {
    env: { ...process.env, OPERATOR_HOME: shell.home, XDG_CONFIG_HOME: shell.home },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);

  expect({ code, stdout, stderr }).toEqual({
    code: 3,
    stdout: expect.stringContaining("toy fresh: violated"),
    stderr: expect.stringContaining("Looking without a record"),
  });
});
