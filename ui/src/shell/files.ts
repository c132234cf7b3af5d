/** Files as the import takes them, from a drop, a picker, or a folder. */

export interface Picked {
  path: string;
  file: File;
}

/** All files of a drop, folders walked to their leaves. Must be called while the event is alive. */
export async function fromDrop(transfer: DataTransfer): Promise<Picked[]> {
  const entries = [...transfer.items]
    .map((item) => item.webkitGetAsEntry?.() ?? null)
    .filter((e) => e !== null);
  if (entries.length === 0) return fromList(transfer.files);
  const found: Picked[] = [];
  for (const entry of entries) await walk(entry, found);
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Files of a picker; those of a folder keep their path within it. */
export function fromList(files: FileList | readonly File[]): Picked[] {
  return [...files].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
}

async function walk(entry: FileSystemEntry, found: Picked[]): Promise<void> {
  if (entry.isFile) {
    const file = await new Promise<File>((ok, no) => (entry as FileSystemFileEntry).file(ok, no));
    found.push({ path: entry.fullPath.replace(/^\//, ''), file });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  // A reader hands out entries in portions; an empty one is the end.
  for (;;) {
    const part = await new Promise<FileSystemEntry[]>((ok, no) => reader.readEntries(ok, no));
    if (part.length === 0) return;
    for (const inner of part) await walk(inner, found);
  }
}

/** A file's content as base64. */
export function base64(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,?/, ''));
    reader.onerror = () => reject(reader.error ?? new Error('the file could not be read'));
    reader.readAsDataURL(file);
  });
}
