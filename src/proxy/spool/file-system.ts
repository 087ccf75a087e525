/** What a directory needs of `node:fs/promises`: handed over, so that nothing of Node is loaded where there is none. */
export interface SpoolFileSystem {
  mkdir(path: string, options: { recursive: true }): Promise<unknown>;
  readdir(path: string): Promise<string[]>;
  readFile(path: string): Promise<Uint8Array>;
  /** With `flush` the bytes are on the disk when it resolves. */
  writeFile(path: string, bytes: Uint8Array, options: { flush: true }): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  stat(path: string): Promise<{ readonly size: number; readonly mtimeMs: number }>;
  utimes(path: string, accessed: Date, modified: Date): Promise<void>;
  open(path: string, flags: 'r' | 'a' | 'wx'): Promise<SpoolFile>;
}

export interface SpoolFile {
  appendFile(bytes: string): Promise<void>;
  datasync(): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}
