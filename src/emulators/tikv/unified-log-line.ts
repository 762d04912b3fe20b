/** One line of the log that TiKV and PD write, in the unified log format. */

/** What a line says. */
export interface LogLine {
  /** Epoch milliseconds by the writer's clock. */
  readonly atMs: number;
  readonly level: "INFO" | "WARN" | "ERROR" | "FATAL";
  /** `file:line`. */
  readonly source: string;
  readonly message: string;
  readonly fields?: Readonly<Record<string, string | number>>;
}

/** The line, in UTC. */
export function unifiedLogLine({ atMs, level, source, message, fields = {} }: LogLine): string {
  const time = new Date(atMs).toISOString().replaceAll("-", "/").replace("T", " ").replace("Z", " +00:00");
  const pairs = Object.entries(fields).map(([key, value]) => ` [${quoted(key)}=${quoted(`${value}`)}]`);
  return `[${time}] [${level}] [${source}] [${quoted(message)}]${pairs.join("")}`;
}

/** In quotes where the format asks for them. */
function quoted(text: string): string {
  return /[\s"=[\]]/.test(text) ? JSON.stringify(text) : text;
}
