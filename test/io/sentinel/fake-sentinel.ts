/** A Sentinel that says what a test wants it to say, as late as it wants. It speaks version 2 of the protocol. */

/** What it says. */
export interface FakeSays {
  /** Port of the primary. */
  primary: number;
  epoch: number;
  /** Ports of the other Sentinels. */
  others: readonly number[];
  /** Milliseconds until it says where the primary is. */
  afterMs: number;
}

/** A Sentinel that belongs to one test. */
export interface FakeSentinel extends Disposable {
  readonly port: number;
  readonly says: FakeSays;
}

/** Starts one on a free port of the loopback interface. */
export function startFakeSentinel(said: Partial<FakeSays> = {}): FakeSentinel {
  const says: FakeSays = { primary: 1, epoch: 1, others: [], afterMs: 0, ...said };
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      async data(socket, bytes) {
        for (const words of commandsIn(bytes.toString())) socket.write(await replyTo(words, says));
      },
    },
  });
  return { port: listener.port, says, [Symbol.dispose]: () => listener.stop(true) };
}

async function replyTo(words: readonly string[], says: FakeSays): Promise<string> {
  const { primary, epoch, others, afterMs } = says;
  const [command = "", topic = ""] = words.map((word) => word.toLowerCase());
  if (command === "ping") return "+PONG\r\n";
  if (command === "subscribe" || command === "unsubscribe") {
    return words
      .slice(1)
      .map((channel) => `*3\r\n${bulk(command)}${bulk(channel)}:0\r\n`)
      .join("");
  }
  if (command !== "sentinel") return `-ERR unknown command '${command}'\r\n`;
  if (topic === "sentinels") {
    return `*${others.length}\r\n${others.map((port) => list(["ip", "127.0.0.1", "port", `${port}`])).join("")}`;
  }
  await Bun.sleep(afterMs);
  return list(topic === "master" ? ["config-epoch", `${epoch}`] : ["127.0.0.1", `${primary}`]);
}

function commandsIn(text: string): readonly (readonly string[])[] {
  const words = text.split("\r\n").filter((line) => !line.startsWith("$"));
  const starts = words.flatMap((word, at) => (/^\*\d+$/.test(word) ? [at] : []));
  return starts.map((at) => words.slice(at + 1, at + 1 + Number(words[at]?.slice(1))));
}

function list(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map(bulk).join("")}`;
}

function bulk(word: string): string {
  return `$${Buffer.byteLength(word)}\r\n${word}\r\n`;
}
