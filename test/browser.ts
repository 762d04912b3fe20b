/** A real Chromium for tests, without a window: it opens a file, and answers what it made of it. Gone with the scope. */

import { test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./until.ts";

/** How a page is looked at. */
export interface Sight {
  readonly width: number;
  readonly height: number;
  readonly scheme: "light" | "dark";
  /** @default screen */
  readonly media?: "screen" | "print";
}

/** A page that is open. */
export interface OpenPage {
  /** What was asked of the network or of the disk, the page itself included. */
  readonly requests: readonly string[];
  /** Errors of scripts, and what the page's policy refused. */
  readonly complaints: readonly string[];
  look(sight: Sight): Promise<void>;
  /** The value of an expression within the page. */
  evaluate(expression: string): Promise<unknown>;
  /** All of the page as a PNG. */
  picture(): Promise<Uint8Array>;
  /** All of the page as a PDF. */
  paper(): Promise<Uint8Array>;
}

/** A browser that belongs to one test. */
export interface Browser extends AsyncDisposable {
  open(file: string): Promise<OpenPage>;
}

const PROGRAM = Bun.which("chromium") ?? Bun.which("chromium-browser") ?? Bun.which("google-chrome");

/** A test that needs a browser; skipped aloud where there is none, unless `OPERATOR_REQUIRE_SERVERS` is set. */
export const testWithBrowser: typeof test = mustRun() ? test : test.skip;

const ARGUMENTS = [
  "--headless=new",
  // Tests may run as root, and in containers.
  "--no-sandbox",
  "--disable-dev-shm-usage",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-extensions",
  "--disable-sync",
  "--no-first-run",
  "--hide-scrollbars",
  "--remote-debugging-port=0",
];

/** Starts one with a profile of its own. */
export async function startBrowser(): Promise<Browser> {
  if (PROGRAM === null) throw new Error('Cannot open a page: there is no "chromium" in PATH');
  const home = await mkdtemp(join(tmpdir(), "operator-browser-"));
  const child = Bun.spawn([PROGRAM, ...ARGUMENTS, `--user-data-dir=${home}`, "about:blank"], {
    stdio: ["ignore", "ignore", "ignore"],
  });
  const portFile = Bun.file(join(home, "DevToolsActivePort"));
  try {
    await until(async () => child.exitCode !== null || (await textOf(portFile)).includes("\n"));
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
  const [port = "", path = ""] = (await textOf(portFile)).split("\n");
  if (path === "") throw new Error(`Cannot start ${PROGRAM}: it ended with ${child.exitCode}`);
  const wire = await connect(`ws://127.0.0.1:${port}${path}`);
  return {
    open: (file) => openPage(wire, file),
    async [Symbol.asyncDispose]() {
      wire.close();
      child.kill("SIGKILL");
      await child.exited;
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function openPage(wire: Wire, file: string): Promise<OpenPage> {
  const requests: string[] = [];
  const complaints: string[] = [];
  const { targetId } = await wire.ask("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await wire.ask("Target.attachToTarget", { targetId, flatten: true });
  const session = String(sessionId);
  let isLoaded = false;
  wire.hear(session, (method, params) => {
    if (method === "Network.requestWillBeSent") requests.push(String(at(params, "request", "url")));
    if (method === "Runtime.exceptionThrown") complaints.push(String(at(params, "exceptionDetails", "text")));
    if (method === "Log.entryAdded") complaints.push(String(at(params, "entry", "text")));
    if (method === "Page.loadEventFired") isLoaded = true;
  });
  const ask = (method: string, params: object = {}): Promise<Answer> => wire.ask(method, params, session);
  for (const domain of ["Page", "Network", "Runtime", "Log"]) await ask(`${domain}.enable`);
  await ask("Page.navigate", { url: Bun.pathToFileURL(file).href });
  await until(async () => isLoaded);
  return {
    requests,
    complaints,
    async look({ width, height, scheme, media = "screen" }) {
      await ask("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false });
      const features = [{ name: "prefers-color-scheme", value: scheme }];
      await ask("Emulation.setEmulatedMedia", { media, features });
    },
    async evaluate(expression) {
      const answer = await ask("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true });
      const failed = at(answer, "exceptionDetails", "exception", "description");
      if (failed !== undefined) throw new Error(`Cannot evaluate in the page: ${JSON.stringify(failed)}`);
      return at(answer, "result", "value");
    },
    async picture() {
      const { width, height } = Object(at(await ask("Page.getLayoutMetrics"), "cssContentSize"));
      const clip = { x: 0, y: 0, width, height, scale: 1 };
      return bytesOf(await ask("Page.captureScreenshot", { captureBeyondViewport: true, clip }));
    },
    paper: async () => bytesOf(await ask("Page.printToPDF", { printBackground: false })),
  };
}

type Answer = Readonly<Record<string, unknown>>;
type Listener = (method: string, params: unknown) => void;

/** The connection to a browser. */
interface Wire {
  ask(method: string, params: object, session?: string): Promise<Answer>;
  hear(session: string, listener: Listener): void;
  close(): void;
}

async function connect(url: string): Promise<Wire> {
  const socket = new WebSocket(url);
  const waiting = new Map<number, PromiseWithResolvers<Answer>>();
  const listeners = new Map<string, Listener>();
  socket.addEventListener("message", ({ data }) => {
    const message: unknown = JSON.parse(String(data));
    const id = at(message, "id");
    const failed = at(message, "error", "message");
    const asked = typeof id === "number" ? waiting.get(id) : undefined;
    if (failed !== undefined) asked?.reject(new Error(`Cannot ask the browser: ${JSON.stringify(failed)}`));
    else asked?.resolve(isRecord(at(message, "result")) ? Object(at(message, "result")) : {});
    const method = at(message, "method");
    if (typeof method === "string") listeners.get(String(at(message, "sessionId")))?.(method, at(message, "params"));
  });
  const opened = Promise.withResolvers<void>();
  socket.addEventListener("open", () => opened.resolve());
  socket.addEventListener("error", () => opened.reject(new Error(`Cannot reach the browser at ${url}`)));
  await opened.promise;
  let last = 0;
  return {
    ask(method, params, sessionId) {
      last += 1;
      const asked = Promise.withResolvers<Answer>();
      waiting.set(last, asked);
      socket.send(JSON.stringify({ id: last, method, params, ...(sessionId !== undefined && { sessionId }) }));
      return asked.promise;
    },
    hear: (session, listener) => void listeners.set(session, listener),
    close: () => socket.close(),
  };
}

function isRecord(value: unknown): value is Answer {
  return typeof value === "object" && value !== null;
}

/** What stands at a path of an answer. */
function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce((inner, name) => (isRecord(inner) ? inner[name] : undefined), value);
}

function bytesOf(answer: Answer): Uint8Array {
  return Buffer.from(String(answer["data"]), "base64");
}

function textOf(file: Bun.BunFile): Promise<string> {
  return file.text().catch(() => "");
}

function mustRun(): boolean {
  if (PROGRAM !== null || process.env["OPERATOR_REQUIRE_SERVERS"] === "1") return true;
  process.stderr.write("Skipped the tests that need a browser: there is no chromium\n");
  return false;
}
