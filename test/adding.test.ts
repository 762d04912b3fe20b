/** What README promises of adding things, held by doing it. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

describe("the toy, copied into a checkout as one more subject", () => {
  let checkout: string;
  let home: string;
  let before: ReadonlyMap<string, string>;

  beforeAll(() => {
    checkout = mkdtempSync(join(tmpdir(), "operator-checkout-"));
    home = mkdtempSync(join(tmpdir(), "operator-test-"));
    for (const part of ["src", "lua", "package.json", "bunfig.toml"])
      cpSync(part, join(checkout, part), { recursive: true });
    symlinkSync(join(process.cwd(), "node_modules"), join(checkout, "node_modules"));
    before = filesOf(checkout);
    copySubject(checkout);
    addLine(
      join(checkout, "src/subjects/registry.ts"),
      '["toy", () => import("./toy/mod.ts").then(({ toy }) => toy)],',
    );
    addLine(
      join(checkout, "src/subjects/labs.ts"),
      '["toy", () => import("./toy/lab/mod.ts").then(({ toyLab }) => toyLab)],',
    );
  });

  afterAll(async () => {
    await operator("down");
    rmSync(checkout, { recursive: true });
    rmSync(home, { recursive: true, force: true });
  });

  test("takes its folder and one line in each of the two registries", () => {
    const changed = [...filesOf(checkout)].filter(([file, text]) => before.get(file) !== text).map(([file]) => file);
    const outside = changed.filter((file) => !file.startsWith("src/subjects/toy/"));

    expect(outside.toSorted()).toEqual(["src/subjects/labs.ts", "src/subjects/registry.ts"]);
    expect(changed.length).toBeGreaterThan(outside.length);
  });

  test("is run, watched, loaded, broken and judged by the commands that know no subject", async () => {
    const up = await operator("up", "toy", "--endpoints", "3");
    const watch = await operator("watch", "--once", "--subject", "toy", "--json");
    const load = await operator("load", "--rate", "20/s", "--for", "1s");
    const doctor = await operator("doctor", "--subject", "toy", "--inject", "--interval", "250ms");

    expect(
      [up.code, watch.code, load.code, doctor.code],
      [up, watch, load, doctor].map(({ said }) => said).join("\n"),
    ).toEqual([0, 0, 0, 0]);
    expect(JSON.parse(watch.said.slice(watch.said.indexOf("{")))).toMatchObject({ subject: "toy", verdict: "holds" });
    expect(doctor.said).toContain("endpoint-kill");
  });

  async function operator(...args: string[]) {
    const child = Bun.spawn([process.execPath, join(checkout, "src/main.ts"), ...args], {
      cwd: checkout,
      env: { ...process.env, OPERATOR_HOME: home, XDG_CONFIG_HOME: home },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const [out, talk, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    return { code, said: code === 0 ? out : `${args.join(" ")}: ${out}${talk}` };
  }
});

/** What DESIGN.md part 2 makes people expect: a question, the folder that answers it, and a word that only code there has. */
const LOOKUPS: readonly (readonly [question: string, folder: string, word: RegExp])[] = [
  ["where is a p99 judged", "src/subjects/ratelimiter/invariants", /id: "latency-p99"/],
  ["where does a ticket open", "src/core/tickets", /graceMs/],
  ["where are tickets that belong together grouped", "src/core/tickets", /function formIncidents/],
  ["where is a claim evaluated", "src/core/diagnosis/claims", /defineClaim\(/],
  ["where is the blast radius computed", "src/core/safety", /minimumUp/],
  ["where is PromQL written", "src/prometheus", /histogram_quantile/],
  ["where is a process killed on purpose", "src/subjects/ratelimiter/lab/faults", /processes\.kill\(/],
  ["where does the supervisor start a child", "src/deployments/local/supervisor", /Bun\.spawn\(/],
  ["where is a retry of a failed look or pass", "src/io", /function repeatEvery\(/],
  ["where are the flags of a command", "src/cli/commands", /name: "watch",/],
  ["where is a secret redacted", "src/core/text", /function redact\w*\(/],
  ["where is the kill switch", "src/actions", /halt/],
];

test.each(LOOKUPS)("%s: in %s", (_question, folder, word) => {
  const files = existsSync(folder) ? sourcesIn(folder) : [];

  expect(files.filter((file) => word.test(readFileSync(file, "utf8")))).not.toBeEmpty();
});

describe("README's pages on adding", () => {
  const readme = readFileSync("README.md", "utf8");
  const page = readme.slice(readme.indexOf("## Add to it"));
  const rows = page.split("\n").filter((line) => line.startsWith("| a"));
  const KINDS = "subject fault action invariant claim mechanism engine algorithm driver command".split(" ");

  test.each(KINDS)("name the files for a %s", (kind) => {
    expect(
      rows.filter((row) => new RegExp(`^ (an?|a deployment) ${kind}\\b`).test(row.split("|")[1] ?? "")),
    ).toHaveLength(1);
  });

  test("name files and folders that there are", () => {
    const named = rows.flatMap((row) =>
      [...row.matchAll(/`((?:src|lua|test)\/[\w./-]*)`/g)].map(([, path = ""]) => path),
    );

    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((path) => !existsSync(path))).toEqual([]);
  });
});

/** From depth 3 under test/ to depth 3 under src/: only the way to the sources changes. */
function copySubject(checkout: string): void {
  const folder = join(checkout, "src/subjects/toy");
  for (const file of sourcesIn("test/toy/subject")) {
    const target = join(folder, file.slice("test/toy/subject/".length));
    mkdirSync(join(target, ".."), { recursive: true });
    writeFileSync(target, readFileSync(file, "utf8").replaceAll("../src/", ""));
  }
}

function addLine(file: string, line: string): void {
  writeFileSync(file, readFileSync(file, "utf8").replace("\n]);", `\n  ${line}\n]);`));
}

function filesOf(checkout: string): ReadonlyMap<string, string> {
  const files = ["src", "lua"].flatMap((part) =>
    readdirSync(join(checkout, part), { recursive: true, withFileTypes: true }),
  );
  const paths = files.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return new Map(paths.map((path) => [path.slice(checkout.length + 1), readFileSync(path, "utf8")]));
}

function sourcesIn(folder: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter(({ name }) => name.endsWith(".ts")).map(({ parentPath, name }) => join(parentPath, name));
}
