import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Plan } from "../../src/deployments/local/plan.ts";
import { superviseOrders } from "../../src/deployments/local/supervisor/supervise.ts";
import type { PlannedProcess } from "../../src/deployments/recipe.ts";
import { until } from "../until.ts";
import { type StandInOptions, standIn, testSite } from "./stand-in.ts";

let home: string;
let told: string[];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "operator-"));
  told = [];
});

afterEach(() => rmSync(home, { recursive: true, force: true }));

test("superviseOrders() tells what becomes ready, and ends at the signal, not at the end of its input", async () => {
  const ending = new AbortController();
  const input = new TransformStream<Uint8Array, Uint8Array>();
  const writer = input.writable.getWriter();

  const supervised = superviseOrders({ input: input.readable, tell, signal: ending.signal });
  await writer.write(orders());
  await until(() => told.some((line) => line.includes('"up"')));
  await writer.close();
  ending.abort();

  expect(await supervised).toBe(true);
  expect(told.map((line) => line.trim())).toEqual([
    '{"event":"ready","component":"redis/main"}',
    '{"event":"ready","component":"node/1"}',
    '{"event":"up"}',
  ]);
});

test("superviseOrders() throws away what it is told to, whenever its input ends", async () => {
  const input = new TransformStream<Uint8Array, Uint8Array>();
  const writer = input.writable.getWriter();

  const supervised = superviseOrders({ input: input.readable, tell, signal: new AbortController().signal });
  await writer.write(orders({ throwaway: true }));
  await until(() => told.some((line) => line.includes('"up"')));
  await writer.close();

  expect(await supervised).toBe(true);
  expect(existsSync(home)).toBe(false);
});

test("superviseOrders() takes everything down if its input ends before all is ready", async () => {
  const input = new TransformStream<Uint8Array, Uint8Array>();
  const writer = input.writable.getWriter();

  const supervised = superviseOrders({ input: input.readable, tell, signal: new AbortController().signal });
  await writer.write(orders({ stubborn: "never-ready" }));
  await until(() => told.length > 0);
  await writer.abort(new Error("broken pipe"));

  expect(await supervised).toBe(false);
  expect(told.at(-1)).toContain("The command that asked for the deployment has ended");
  expect(existsSync(join(home, "deployments/toy/plan.json"))).toBe(false);
});

test("superviseOrders() says what did not start, with the end of its log, and leaves nothing", async () => {
  const broken: PlannedProcess = {
    id: "node/1",
    kind: "node",
    address: "127.0.0.1:1",
    command: ["sh", "-c", "echo out of luck; exit 7"],
    ready: { by: "tcp" },
    after: [],
    files: {},
  };
  const plan: Plan = { name: "toy", subject: "stand-in", settings: {}, processes: [broken], links: [] };
  const input = new Response(`${JSON.stringify({ home, id: "one", plan })}\n`).body ?? new ReadableStream();
  const open = new TransformStream<Uint8Array, Uint8Array>();
  void input.pipeTo(open.writable, { preventClose: true });

  expect(await superviseOrders({ input: open.readable, tell, signal: new AbortController().signal })).toBe(false);
  expect(told.join("")).toMatch(
    /Cannot start \\"node\/1\\": ended with code 7, expected an answer at 127.0.0.1:1; .*out of luck/,
  );
  expect(existsSync(join(home, "deployments/toy/plan.json"))).toBe(false);
});

test("superviseOrders() says which link's port is taken", async () => {
  using other = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
  const address = `127.0.0.1:${other.port}`;
  const { processes, links } = standIn({ nodes: 1 }).local(testSite());
  const taken = {
    name: "toy",
    subject: "stand-in",
    settings: {},
    processes,
    links: links.map((link) => ({ ...link, address })),
  };
  const input = new Response(`${JSON.stringify({ home, id: "one", plan: taken })}\n`).body ?? new ReadableStream();

  expect(await superviseOrders({ input, tell, signal: new AbortController().signal })).toBe(false);
  expect(told.join("")).toContain(`Cannot open link \\"node/1->redis/main\\" at ${address}`);
});

test("superviseOrders() refuses what is no plan", async () => {
  const input = new Response("nonsense\n").body ?? new ReadableStream();

  expect(await superviseOrders({ input, tell, signal: new AbortController().signal })).toBe(false);
  expect(told).toEqual([expect.stringContaining('"event":"failed"')]);
});

function orders({ throwaway = false, ...options }: StandInOptions & { readonly throwaway?: boolean } = {}): Uint8Array {
  const { subject, settings, local } = standIn({ nodes: 1, ...options });
  const whole: Plan = { name: "toy", subject, settings: { ...settings }, ...local(testSite()) };
  return new TextEncoder().encode(`${JSON.stringify({ home, id: "one", plan: whole, throwaway })}\n`);
}

function tell(line: string): void {
  told.push(line);
}
