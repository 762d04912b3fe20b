/** Sees to it that there is a `redis-server`: by apt, brew or Docker, in that order of what exists. */

import { spawnSync } from "node:child_process";
import { createInterface } from "node:readline/promises";

const IMAGE = "redis:7-bookworm";

/** Whether a `redis-server` can be run now; says what it is going to run, and asks before `sudo`. */
export async function ensureRedis(bin) {
  if (works("redis-server")) return true;
  const way = chooseWay(bin);
  if (!way) {
    console.error(
      "Cannot find redis-server, apt-get, brew or docker: please install Redis 6.2 or newer and run this again",
    );
    return false;
  }
  console.error(`redis-server is missing. To install it, this is run:\n  ${way.join("\n  ")}`);
  if (way.some((line) => line.startsWith("sudo ")) && !(await consent())) {
    console.error("Nothing was changed. Run the command above, then this one again");
    return false;
  }
  for (const line of way) {
    if (spawnSync("sh", ["-c", line], { stdio: ["inherit", 2, 2] }).status !== 0) {
      console.error(`Cannot install Redis: "${line}" failed`);
      return false;
    }
  }
  if (works("redis-server")) return true;
  console.error("Cannot run the redis-server that was installed: please install Redis by hand and run this again");
  return false;
}

function chooseWay(bin) {
  const sudo = process.getuid?.() === 0 ? "" : "sudo ";
  if (works("apt-get")) {
    return [
      `${sudo}apt-get update -qq`,
      `${sudo}env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq redis-server`,
    ];
  }
  if (works("brew")) return ["brew install redis"];
  if (!works("docker")) return undefined;
  const copy = `'${`${bin}/redis-server`.replaceAll("'", String.raw`'\''`)}'`;
  return [`docker run --rm --entrypoint cat ${IMAGE} /usr/local/bin/redis-server > ${copy}`, `chmod 755 ${copy}`];
}

/** A person at the terminal says yes; without one nothing is done by sudo. */
async function consent() {
  if (!process.stdin.isTTY) return false;
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await prompt.question("Run it? [y/N] ").catch(() => "\n"); // Ctrl-C or Ctrl-D
  prompt.close();
  return /^y(es)?$/i.test(answer.trim());
}

function works(program) {
  return spawnSync(program, ["--version"], { stdio: "ignore" }).status === 0;
}
