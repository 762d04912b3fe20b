/** Explanations of the error codes of SQLite and the file system. */

const READ_ONLY = "the file or its folder is read-only, expected one that can be written";
const UNUSABLE = "the file or its folder cannot be opened or written, expected a writable file in a writable folder";

const FULL = "the disk is full, expected free space";

const REASONS: Readonly<Record<string, string>> = {
  SQLITE_READONLY: READ_ONLY,
  EACCES: READ_ONLY,
  EPERM: READ_ONLY,
  EROFS: READ_ONLY,
  SQLITE_CANTOPEN: UNUSABLE,
  ENOENT: UNUSABLE,
  ENOTDIR: UNUSABLE,
  EEXIST: UNUSABLE,
  ENAMETOOLONG: UNUSABLE,
  SQLITE_NOTADB: "the file is not a SQLite database, expected one that operator has written",
  SQLITE_CORRUPT: "the file is damaged, expected an intact database; restore a copy or move the file away",
  SQLITE_FULL: FULL,
  SQLITE_IOERR_SHMSIZE: FULL,
  ENOSPC: FULL,
  EDQUOT: FULL,
  ELOOP: "it is a symbolic link, expected a regular file",
  EISDIR: "it is a folder, expected a regular file",
  SQLITE_IOERR: "reading or writing it failed, expected a regular file on a working disk with free space",
  SQLITE_BUSY: "another process keeps it locked, expected the lock to be released",
};

/** An error about a file, with an explanation of known codes. */
export function fileError(what: string, cause: unknown): Error {
  const code = String(errorCodeOf(cause));
  // The extended codes of SQLite begin with the plain ones: SQLITE_IOERR_WRITE.
  const reason = REASONS[code] ?? REASONS[code.split("_", 2).join("_")];
  // For a known reason the code is enough; the library's own message is for programmers.
  return reason ? Object.assign(new Error(`${what}: ${reason} (${code})`), { code }) : new Error(what, { cause });
}

/** The code of an error of SQLite or of the file system. */
export function errorCodeOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
}

const UNWRITABLE = /^(SQLITE_(READONLY|FULL|IOERR|CANTOPEN)|EACCES$|EPERM$|EROFS$|ENOSPC$|EDQUOT$)/;

/** Whether a file may be intact but not writable: a full disk, a read-only file or medium, another owner. */
export function isUnwritable(error: unknown): boolean {
  return UNWRITABLE.test(String(errorCodeOf(error)));
}
