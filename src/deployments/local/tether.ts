/** Lets a process die with its supervisor, where the system can do that. */

/** The command, wrapped so that the kernel ends it when this process ends in whatever way. */
export function tether(command: readonly string[]): string[] {
  return [...(tethered() ? TETHER : []), ...command];
}

const TETHER = ["setpriv", "--pdeathsig", "KILL", "--"];
let works: boolean | undefined;

/** Asked once: only Linux has it, and not in every `setpriv`. Elsewhere the journal finds what is left. */
function tethered(): boolean {
  works ??=
    process.platform === "linux" &&
    Bun.which("setpriv") !== null &&
    Bun.spawnSync([...TETHER, "true"], { stdout: "ignore", stderr: "ignore" }).success;
  return works;
}
