/** The secrets of one local deployment: a file each that only its owner can read. No plan, argument or log holds one. */

import { existsSync } from "node:fs";
import { writeWhole } from "../../../io/files/file.ts";
import { makePrivateFolder } from "../../../io/files/private.ts";
import { readSecretFile } from "../../../io/files/secret.ts";
import type { Folder } from "./folder.ts";

/** Writes every secret to its file. */
export function writeSecrets(secrets: Readonly<Record<string, string>>, folder: Folder): void {
  makePrivateFolder(folder.secrets);
  for (const [name, text] of Object.entries(secrets)) writeWhole(folder.secret(name), `${text}\n`);
}

/**
 * The secret of that name, `undefined` if there is none.
 * @throws {InvalidInputError} If its file is there and cannot be used.
 */
export function readSecret(name: string, { secret }: Folder): string | undefined {
  const path = secret(name);
  return existsSync(path) ? readSecretFile(path) : undefined;
}

/**
 * The text with its marks replaced by secrets.
 * @throws {InvalidInputError} If the deployment has no secret of a name.
 */
export function fillSecrets(text: string, { secret }: Folder): string {
  return text.replace(/<<secret ([\w-]+)>>/g, (_, name: string) => readSecretFile(secret(name)));
}
