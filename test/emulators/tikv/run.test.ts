import { expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EmulatedFile, runEmulated } from "../../../src/emulators/tikv/run.ts";
import { takeFreePort } from "../../../src/io/system/tcp.ts";
import { eventually } from "./emulated-cluster.ts";

const address = (): string => `127.0.0.1:${takeFreePort()}`;

test("runEmulated() runs what its file says, keeps what it knows beside it, knows it again, and takes what was cut short for nothing", async () => {
  const folder = mkdtempSync(join(tmpdir(), "operator-"));
  const [pd, data, statusAddress] = [address(), address(), address()];
  const pdFile = written(folder, "pd", {
    role: "pd",
    name: "pd0",
    address: pd,
    others: [],
    regionCount: 3,
    storeCount: 1,
    maxStoreDownTime: "30m0s",
  });
  const links = { "9": "127.0.0.1:1" };
  const storeFile = written(folder, "store", {
    role: "store",
    id: 1,
    address: data,
    statusAddress,
    pd: [pd],
    links,
    peerDownSeconds: 30,
  });
  const lines: string[] = [];
  writeFileSync(join(folder, "pd", "state.json"), '[{"index":1,"key":"sto');

  {
    await using _pd = runEmulated(pdFile, (line) => void lines.push(line));
    await using _store = runEmulated(storeFile, (line) => void lines.push(line));
    await eventually(async () => (await regionCount(pd)) === 3);
    await eventually(async () => existsSync(join(folder, "store", "state.json")));
  }
  {
    await using _again = runEmulated(pdFile, () => undefined);
    await eventually(async () => (await regionCount(pd)) === 3);
  }

  expect(lines.join("\n")).toContain("Welcome to TiKV");
  rmSync(folder, { recursive: true });
}, 60_000);

function written(folder: string, name: string, file: EmulatedFile): string {
  const own = join(folder, name);
  const path = join(own, "emulated.json");
  Bun.spawnSync(["mkdir", "-p", own]);
  writeFileSync(path, JSON.stringify(file));
  return path;
}

async function regionCount(pd: string): Promise<unknown> {
  const reply = await fetch(`http://${pd}/pd/api/v1/regions/count`).catch(() => undefined);
  return reply?.ok ? Object(await reply.json()).count : undefined;
}
