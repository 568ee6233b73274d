// A folder as the place of a table, safe with any number of processes on it.
//
//   F1  What has a name is whole: it is written under a hidden name, brought to disk, and named then.
//   F2  link(2) names a file only where there is none of that name, so of any number of writers one wins.
//   F3  What was answered survives the machine's end: the folder itself is brought to disk, too, and those made for it.

import { randomUUID } from "node:crypto";
import { type FileHandle, link, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { asError, ConfigurationError, UnavailableError } from "../../lib/errors.ts";
import { HIDDEN, type Objects, type Part } from "./objects.ts";

export function openFolder(root: string): Objects {
  const pathOf = (name: string) => {
    const parts = name.split("/");
    // A table's log is from outside: it must not lead elsewhere.
    if (!parts.includes("..")) return join(root, ...parts);
    throw new ConfigurationError(
      `the table ${root} names a file outside of its folder: ${name}; restore it from a copy`,
    );
  };

  async function put(name: string, content: Uint8Array, settle: (draft: string, path: string) => Promise<boolean>) {
    const path = pathOf(name);
    const folder = dirname(path);
    await makeFolder(folder, root);
    const draft = join(folder, `${HIDDEN}${randomUUID()}.new`);
    try {
      await writeDurably(draft, content);
      const isMine = await settle(draft, path);
      if (isMine) await syncFolder(folder);
      return isMine;
    } finally {
      await rm(draft, { force: true }).catch(() => {}); // the first error is the one to tell; a draft left behind is invisible
    }
  }

  return {
    where: root,
    make: () => inWords(root, async () => void (await mkdir(root, { recursive: true }))),
    close() {}, // nothing takes long
    prove: async () => {}, // F2 is the file system's own promise
    get: (name, part) =>
      inWords(root, () => {
        const path = pathOf(name);
        return unlessMissing(part === undefined ? readFile(path) : readPart(path, part));
      }),
    put: (name, content) =>
      inWords(root, async () => {
        await put(name, content, async (draft, path) => {
          await rename(draft, path);
          return true;
        });
      }),
    putIfAbsent: (name, content) => inWords(root, () => put(name, content, linkOnce)),
    list: (prefix, after = "") => inWords(root, () => namesBelow(root, prefix, after)),
    look: (name) =>
      inWords(root, async () => {
        const found = await unlessMissing(stat(pathOf(name)));
        return found && { bytes: found.size, modified: found.mtimeMs };
      }),
    remove: (name) => inWords(root, async () => rm(pathOf(name), { force: true })),
  };
}

/** F2. A network file system may have linked it and answer that it is there already: then the draft has two names. */
async function linkOnce(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    const [mine, there] = await Promise.all([stat(draft), stat(path)]);
    return mine.ino === there.ino && mine.dev === there.dev;
  }
}

async function writeDurably(path: string, content: Uint8Array): Promise<void> {
  const file = await open(path, "wx", 0o644);
  await closing(file, async () => {
    await file.writeFile(content);
    await file.sync();
  });
}

async function readPart(path: string, { from, to }: Part): Promise<Buffer> {
  const file = await open(path, "r");
  const content = Buffer.alloc(to - from);
  await closing(file, async () => {
    const { bytesRead } = await file.read(content, 0, content.length, from);
    if (bytesRead < content.length) throw new Error(`${path} ends before byte ${to}`);
  });
  return content;
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  await closing(handle, () => handle.sync());
}

async function closing(file: FileHandle, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } finally {
    await file.close();
  }
}

/** Never above `root`: a disk that is not mounted is not to be replaced by a folder. @throws ENOENT where `root` is missing. */
async function makeFolder(folder: string, root: string): Promise<void> {
  if (folder === root || (await unlessMissing(stat(folder))) !== undefined) return;
  const above = dirname(folder);
  await makeFolder(above, root);
  await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  await syncFolder(above);
}

async function namesBelow(root: string, prefix: string, after: string): Promise<string[]> {
  const top = join(root, prefix);
  const found = await unlessMissing(readdir(top, { recursive: true, withFileTypes: true }));
  const names = (found ?? [])
    .filter((entry) => entry.isFile())
    .map((entry) => `${prefix}${join(entry.parentPath, entry.name).slice(join(top, sep).length).split(sep).join("/")}`);
  return names.filter((name) => name > after).sort();
}

async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

const CURES: Readonly<Record<string, string>> = {
  ENOENT: "it is not there: mount its disk, or make the folder",
  ENOTDIR: "it is no folder: name another one",
  ENOSPC: "the disk is full: make room on it",
  EDQUOT: "the quota is used up: make room",
  EACCES: "this process may not write there: change the folder's owner or mode",
  EPERM:
    "this process may not write there, or the file system takes no hard links: change the owner, or take a folder on another one",
  EROFS: "its file system is read-only: mount it writable",
  ENOTSUP: "its file system takes no hard links: take a folder on another one",
  EOPNOTSUPP: "its file system takes no hard links: take a folder on another one",
};

/** @throws ConfigurationError for what people have to change, UnavailableError for what may pass. */
async function inWords<T>(root: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    const { code = "" } = error as NodeJS.ErrnoException;
    const cure = CURES[code];
    const message = `${root} cannot be used: ${cure ?? asError(error).message}`;
    if (/^E(NOTDIR|NOTSUP|OPNOTSUPP)$/.test(code)) throw new ConfigurationError(message, { cause: error });
    throw new UnavailableError("folder-unavailable", message, { cause: error });
  }
}
