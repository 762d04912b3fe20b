/** Programs in a pid namespace of their own, as in a container: no process outside is seen there, and files are. */

/** What a command is preceded by. */
export const inOtherPids: readonly string[] = ["unshare", "--pid", "--fork", "--mount-proc"];

/** Whether this machine lets this user make one; says why tests are skipped where not. */
export const otherPids: boolean = (() => {
  try {
    if (Bun.spawnSync([...inOtherPids, "true"], { stdout: "ignore", stderr: "ignore" }).success) return true;
  } catch {
    // there is no such program
  }
  process.stderr.write("Skipping what needs another pid namespace: unshare --pid --mount-proc does not work here\n");
  return false;
})();
