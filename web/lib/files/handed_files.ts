/**
 * The files of a drop or a paste. Folders are left out and counted: a browser gives them in a way
 * that only some know. Pasted pictures have no name worth keeping, so they get the time of day.
 */
export function handedFiles(
  data: DataTransfer,
  { pasted = false, now = new Date() }: { pasted?: boolean; now?: Date } = {},
): { files: File[]; folders: number } {
  const files: File[] = [];
  let folders = 0;
  for (const item of data.items) {
    if (item.kind !== "file") continue;
    if (item.webkitGetAsEntry()?.isDirectory) {
      folders += 1;
      continue;
    }
    const file = item.getAsFile();
    if (file === null) continue;
    const isBlank = /^(image|blob|unknown)(\.\w+)?$/.test(file.name);
    files.push(pasted && isBlank ? new File([file], nameByTime(file, now), file) : file);
  }
  return { files, folders };
}

/** Whether something with files in it is being dragged. */
export function hasFiles(data: DataTransfer | null): boolean {
  return data?.types.includes("Files") ?? false;
}

function nameByTime({ type }: File, now: Date): string {
  const ending = /^image\/(png|jpeg|gif|webp)/.exec(type)?.[1]?.replace("jpeg", "jpg") ?? "bin";
  const two = (number: number) => String(number).padStart(2, "0");
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join("");
  return `pasted-${time}.${ending}`;
}
