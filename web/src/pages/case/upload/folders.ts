// Files from a chosen or dropped folder, with their paths inside it.
import type { Chosen } from './plan';

export type Picked = Chosen & { file: File };

const pick = (file: File, path: string): Picked => ({ path: path.replace(/^\/+/, ''), bytes: file.size, file });

/** From `<input type="file">`, with or without `webkitdirectory`. */
export function fromInput(list: FileList | null): Picked[] {
  return [...(list ?? [])].map((file) => pick(file, file.webkitRelativePath || file.name));
}

/** From a drop: files, and folders with everything below them. Entries must be taken before the first await. */
export async function fromDrop(data: DataTransfer, counted: (files: number) => void): Promise<Picked[]> {
  const entries = [...data.items].filter((item) => item.kind === 'file').map((item) => item.webkitGetAsEntry());
  const found: Picked[] = [];
  for (const entry of entries) if (entry) await walk(entry, found, counted);
  return found;
}

async function walk(entry: FileSystemEntry, found: Picked[], counted: (files: number) => void): Promise<void> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    found.push(pick(file, entry.fullPath));
    if (found.length % 100 === 0) counted(found.length);
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  // a reader gives at most 100 entries at a time, and none at the end
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return;
    for (const one of some) await walk(one, found, counted);
  }
}
